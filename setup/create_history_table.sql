-- The history: one row for each attempt to convert a flow. How the script is written: see create_flows_table.sql.
--
-- Deletion vectors let several agents update their own rows at the same time. Needs USE CATALOG, USE SCHEMA and
-- CREATE TABLE.

CREATE TABLE IF NOT EXISTS IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :history_table || '`') (
  attempt_id STRING NOT NULL COMMENT 'flow_id, _attempt_ and the second of its start',
  flow_id STRING NOT NULL,
  databricks_job_id STRING NOT NULL COMMENT 'Empty until the job exists',
  databricks_run_id STRING,
  job_name STRING,
  status STRING NOT NULL COMMENT 'CREATING, RUNNING, SUCCESS, FAILED or CANCELLED. The last three never change again',
  started_at TIMESTAMP NOT NULL,
  completed_at TIMESTAMP,
  duration_seconds INT,
  progress_percentage INT,
  iterations INT,
  validation_percentage INT,
  generated_notebooks ARRAY<STRING>,
  error_message STRING,
  status_message STRING,
  attempt_number INT COMMENT 'Counts a flow''s attempts from 1',
  triggered_by STRING COMMENT 'user, retry, bulk or migration, a colon, and who'
  , PRIMARY KEY (attempt_id) -- Unity Catalog only: informational, nothing enforces it
)
USING DELTA
COMMENT 'Every attempt to convert a NiFi flow'
TBLPROPERTIES ('delta.enableDeletionVectors' = 'true');
