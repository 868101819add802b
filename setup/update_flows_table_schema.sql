-- Adds the five columns that tie a flow to its history to a table of flows that does not have them yet. How the script
-- is written: see create_flows_table.sql.
--
-- Delta has no ADD COLUMN IF NOT EXISTS. A merge with schema evolution is the statement that adds just what is missing
-- and changes nothing where nothing is: its source has no rows. Needs MODIFY on the table, a SQL warehouse or
-- Databricks Runtime 15.2. Run it while no conversion writes: a change of columns aborts other writers.

MERGE WITH SCHEMA EVOLUTION INTO IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`') AS t
USING (
  SELECT
    CAST(NULL AS STRING) AS flow_id,
    CAST(NULL AS STRING) AS current_attempt_id,
    CAST(NULL AS INT) AS total_attempts,
    CAST(NULL AS INT) AS successful_conversions,
    CAST(NULL AS TIMESTAMP) AS last_attempt_at,
    CAST(NULL AS TIMESTAMP) AS first_attempt_at
  WHERE 1 = 0
) AS s
ON t.flow_id = s.flow_id
WHEN MATCHED THEN UPDATE SET *;

-- Verification: all five columns are there, or this statement fails.
SELECT
  COUNT(*) AS flows,
  COUNT(current_attempt_id) AS with_an_attempt,
  COALESCE(SUM(total_attempts), 0) AS attempts,
  COALESCE(SUM(successful_conversions), 0) AS successes,
  MIN(first_attempt_at) AS first_attempt,
  MAX(last_attempt_at) AS last_attempt
FROM IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`');
