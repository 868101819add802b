-- Makes history of what an earlier system recorded: one row for each flow that it has ever converted. How the script is
-- written: see create_flows_table.sql. Before it: create_history_table.sql and update_flows_table_schema.sql.
--
-- It may be cut off anywhere and run again: a flow that has any history is left alone, and the backup of the first run
-- stays as it is. Needs CREATE TABLE in the schema, SELECT and MODIFY on both tables. Run it while no conversion writes.

-- 1. Backup of the flows as they were, beside the table, with _before_history in its name.
CREATE TABLE IF NOT EXISTS IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '_before_history`')
USING DELTA
AS SELECT * FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`');

-- 2. The history. A flow was converted if its status says so, or if it has a run, a time or (with a status of its own) a
--    job. What was converting is RUNNING where its run is known, so that the next reconcile finds out what became of it,
--    otherwise nobody can and it FAILED. A flow that was set back to not started keeps its run as CANCELLED. A status that
--    nobody knows FAILED. Two rows of one flow are two attempts, two equal rows are one.
MERGE INTO IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`') AS h
USING (
  SELECT
    CONCAT(flow_id, '_attempt_', CAST(UNIX_TIMESTAMP(started_at) + attempt_number - 1 AS STRING)) AS attempt_id,
    flow_id,
    COALESCE(databricks_job_id, '') AS databricks_job_id,
    databricks_run_id,
    new_status AS status,
    started_at,
    CASE WHEN new_status = 'RUNNING' THEN NULL ELSE COALESCE(conversion_completed_at, last_updated, started_at) END
      AS completed_at,
    CASE
      WHEN new_status <> 'RUNNING' AND conversion_completed_at >= conversion_started_at
      THEN CAST(UNIX_TIMESTAMP(conversion_completed_at) - UNIX_TIMESTAMP(conversion_started_at) AS INT)
    END AS duration_seconds,
    CASE WHEN new_status = 'SUCCESS' THEN COALESCE(progress_percentage, 100) ELSE progress_percentage END
      AS progress_percentage,
    iterations,
    validation_percentage,
    generated_notebooks,
    CASE
      WHEN new_status = 'FAILED' AND old_status IN ('CONVERTING', 'RUNNING', 'IN_PROGRESS')
      THEN COALESCE(error_message, 'The earlier system left no run that could be asked.')
      ELSE error_message
    END AS error_message,
    CASE
      WHEN old_status = 'NOT_STARTED' THEN COALESCE(status_message, 'The earlier system had set the flow back.')
      ELSE status_message
    END AS status_message,
    attempt_number
  FROM (
    SELECT
      *,
      CAST(ROW_NUMBER() OVER (PARTITION BY flow_id ORDER BY started_at, databricks_run_id) AS INT) AS attempt_number,
      CASE
        WHEN old_status IN ('DONE', 'SUCCESS', 'SUCCEEDED', 'COMPLETED', 'CONVERTED') THEN 'SUCCESS'
        WHEN old_status IN ('CONVERTING', 'RUNNING', 'IN_PROGRESS') AND run_id <> '' THEN 'RUNNING'
        WHEN old_status IN ('NOT_STARTED', 'CANCELLED', 'CANCELED') THEN 'CANCELLED'
        ELSE 'FAILED'
      END AS new_status
    FROM (
      SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY flow_id, started_at, run_id ORDER BY last_updated DESC NULLS LAST) AS copy
      FROM (
        SELECT
          *,
          UPPER(TRIM(status)) AS old_status,
          COALESCE(databricks_run_id, '') AS run_id,
          COALESCE(conversion_started_at, conversion_completed_at, last_updated, created_at, TIMESTAMP '1970-01-01')
            AS started_at
        FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`')
        WHERE current_attempt_id IS NULL
      )
    )
    WHERE copy = 1
      AND (
        old_status IN (
          'DONE', 'SUCCESS', 'SUCCEEDED', 'COMPLETED', 'CONVERTED', 'CONVERTING', 'RUNNING', 'IN_PROGRESS',
          'CANCELLED', 'CANCELED', 'FAILED', 'ERROR', 'NEEDS_ATTENTION'
        )
        OR run_id <> ''
        OR conversion_started_at IS NOT NULL
        OR conversion_completed_at IS NOT NULL
        OR (old_status <> 'NOT_STARTED' AND COALESCE(databricks_job_id, '') <> '')
      )
  )
) AS s
ON h.flow_id = s.flow_id
WHEN NOT MATCHED THEN INSERT (
  attempt_id, flow_id, databricks_job_id, databricks_run_id, job_name, status, started_at, completed_at,
  duration_seconds, progress_percentage, iterations, validation_percentage, generated_notebooks, error_message,
  status_message, attempt_number, triggered_by
) VALUES (
  s.attempt_id, s.flow_id, s.databricks_job_id, s.databricks_run_id, NULL, s.status, s.started_at, s.completed_at,
  s.duration_seconds, s.progress_percentage, s.iterations, s.validation_percentage, s.generated_notebooks,
  s.error_message, s.status_message, s.attempt_number, CONCAT('migration:', CURRENT_USER())
);

-- 3. The flows' rows, as their history says: the newest attempt that succeeded or failed decides. Only what no start has
--    touched since.
MERGE INTO IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`') AS t
USING (
  SELECT
    flow_id,
    MAX(STRUCT(attempt_number, attempt_id, status, error_message)) AS newest,
    MAX(CASE WHEN status IN ('SUCCESS', 'FAILED') THEN STRUCT(attempt_number, status) END) AS decided,
    MAX(attempt_number) AS attempts,
    CAST(SUM(CASE WHEN status = 'SUCCESS' THEN 1 ELSE 0 END) AS INT) AS successes,
    MIN(started_at) AS first_at,
    MAX(started_at) AS last_at
  FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`')
  WHERE triggered_by LIKE 'migration:%'
  GROUP BY flow_id
) AS s
ON t.flow_id = s.flow_id
WHEN MATCHED AND t.current_attempt_id IS NULL THEN UPDATE SET
  t.current_attempt_id = s.newest.attempt_id,
  t.total_attempts = s.attempts,
  t.successful_conversions = s.successes,
  t.first_attempt_at = s.first_at,
  t.last_attempt_at = s.last_at,
  t.error_message = s.newest.error_message,
  t.status = CASE
    WHEN s.newest.status = 'RUNNING' THEN 'CONVERTING'
    WHEN s.decided.status = 'SUCCESS' THEN 'DONE'
    WHEN s.decided.status = 'FAILED' THEN 'NEEDS_ATTENTION'
    ELSE 'NOT_STARTED'
  END;

-- 4. Flows that were never converted count from nought, whatever the earlier system called that.
UPDATE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`')
SET total_attempts = 0, successful_conversions = 0, status = 'NOT_STARTED'
WHERE current_attempt_id IS NULL AND (total_attempts IS NULL OR status <> 'NOT_STARTED');

-- Verification. Every line should say ok.
SELECT
  'no flow was lost' AS what,
  CASE WHEN now.flows >= before.flows THEN 'ok' ELSE 'LOOK' END AS verdict,
  CONCAT(before.flows, ' before, ', now.flows, ' now') AS found
FROM
  (SELECT COUNT(*) AS flows FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '_before_history`'))
    AS before
  CROSS JOIN (SELECT COUNT(*) AS flows FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`'))
    AS now
UNION ALL
SELECT
  'every flow that was ever converted has history',
  CASE WHEN COUNT(*) = 0 THEN 'ok' ELSE 'LOOK' END,
  CONCAT(COUNT(*), ' without')
FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`') AS t
LEFT ANTI JOIN IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`') AS h
  ON h.flow_id = t.flow_id
WHERE t.status <> 'NOT_STARTED' OR COALESCE(t.databricks_run_id, '') <> ''
UNION ALL
SELECT
  'no attempt is there twice',
  CASE WHEN COUNT(*) = COUNT(DISTINCT attempt_id) THEN 'ok' ELSE 'LOOK' END,
  CONCAT(COUNT(*), ' rows, ', COUNT(DISTINCT attempt_id), ' attempts')
FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`')
UNION ALL
SELECT
  'every current attempt is in the history',
  CASE WHEN COUNT(*) = 0 THEN 'ok' ELSE 'LOOK' END,
  CONCAT(COUNT(*), ' missing')
FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`') AS t
LEFT ANTI JOIN IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`') AS h
  ON h.attempt_id = t.current_attempt_id
WHERE t.current_attempt_id IS NOT NULL
UNION ALL
SELECT
  'every flow has a status of this version',
  CASE WHEN COUNT_IF(status NOT IN ('NOT_STARTED', 'CONVERTING', 'DONE', 'NEEDS_ATTENTION')) = 0 THEN 'ok' ELSE 'LOOK' END,
  CONCAT(
    COUNT_IF(status = 'DONE'), ' done, ', COUNT_IF(status = 'NEEDS_ATTENTION'), ' need attention, ',
    COUNT_IF(status = 'CONVERTING'), ' converting, ', COUNT_IF(status = 'NOT_STARTED'), ' not started'
  )
FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`');
