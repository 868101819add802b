-- Makes one row of history of each flow that an earlier system has ever converted. How the script is written: see
-- create_flows_table.sql. Before it: create_history_table.sql and update_flows_table_schema.sql.
--
-- It may run again: a flow that has any history is left alone, and the backup of the first run stays as it is. Needs
-- CREATE TABLE in the schema, SELECT and MODIFY on both tables.

-- 1. Backup of the flows as they were, beside the table, with _before_history in its name.
CREATE TABLE IF NOT EXISTS IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '_before_history`')
USING DELTA
AS SELECT * FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`');

-- 2. The history. What the old system called converting is RUNNING where its run is known, so that the next reconcile
--    finds out what became of it. Otherwise nobody can, and it FAILED.
MERGE INTO IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`') AS h
USING (
  SELECT
    CONCAT(flow_id, '_attempt_', CAST(UNIX_TIMESTAMP(started_at) AS STRING)) AS attempt_id,
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
      WHEN new_status = 'FAILED' AND status = 'CONVERTING'
      THEN COALESCE(error_message, 'The earlier system left no run that could be asked.')
      ELSE error_message
    END AS error_message,
    status_message
  FROM (
    SELECT
      *,
      COALESCE(conversion_started_at, conversion_completed_at, last_updated, created_at, TIMESTAMP '1970-01-01')
        AS started_at,
      CASE
        WHEN status IN ('DONE', 'SUCCESS', 'COMPLETED') THEN 'SUCCESS'
        WHEN status = 'CONVERTING' AND COALESCE(databricks_run_id, '') <> '' THEN 'RUNNING'
        ELSE 'FAILED'
      END AS new_status
    FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`')
    WHERE status <> 'NOT_STARTED' AND current_attempt_id IS NULL
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
  s.error_message, s.status_message, 1, CONCAT('migration:', CURRENT_USER())
);

-- 3. The flows' rows, as their history says. Only what no start has touched since.
MERGE INTO IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`') AS t
USING (
  SELECT flow_id, attempt_id, status, started_at, error_message
  FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`')
  WHERE attempt_number = 1 AND triggered_by LIKE 'migration:%'
) AS s
ON t.flow_id = s.flow_id
WHEN MATCHED AND t.current_attempt_id IS NULL THEN UPDATE SET
  t.current_attempt_id = s.attempt_id,
  t.total_attempts = 1,
  t.successful_conversions = CASE WHEN s.status = 'SUCCESS' THEN 1 ELSE 0 END,
  t.first_attempt_at = s.started_at,
  t.last_attempt_at = s.started_at,
  t.error_message = s.error_message,
  t.status = CASE s.status WHEN 'SUCCESS' THEN 'DONE' WHEN 'RUNNING' THEN 'CONVERTING' ELSE 'NEEDS_ATTENTION' END;

-- 4. Flows that were never converted count from nought.
UPDATE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`')
SET total_attempts = 0, successful_conversions = 0
WHERE current_attempt_id IS NULL AND total_attempts IS NULL;

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
WHERE t.status <> 'NOT_STARTED'
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
WHERE t.current_attempt_id IS NOT NULL;
