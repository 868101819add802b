-- The table of flows, complete. For a table that an earlier system made, run update_flows_table_schema.sql as well.
--
-- How these scripts are written:
--   * Parameters :catalog, :schema, :flows_table and :history_table name the tables. A SQL editor asks for them. The
--     usual table names are nifi_flows and nifi_conversion_history.
--   * A statement ends with a semicolon at the end of a line, and no other line ends with one: that is where a program
--     may split them. They run one by one, in order, and may run again at any time.
--   * A line marked "Unity Catalog only" may be left out where Delta tables are not managed by Unity Catalog.
--
-- Needs USE CATALOG, USE SCHEMA and CREATE TABLE.

CREATE TABLE IF NOT EXISTS IDENTIFIER('`' || :catalog || '`.`' || :schema || '`.`' || :flows_table || '`') (
  flow_id STRING NOT NULL COMMENT 'Name of the flow in all tables and ids',
  flow_name STRING NOT NULL,
  server STRING NOT NULL COMMENT 'Where the flow came from: the first folder level of the scanned place',
  nifi_xml_path STRING NOT NULL COMMENT 'Source file, with #group id at the end where the flow is one group of an instance file',
  description STRING,
  priority STRING,
  owner STRING,
  status STRING NOT NULL COMMENT 'NOT_STARTED, CONVERTING, DONE or NEEDS_ATTENTION',
  databricks_job_id STRING,
  databricks_run_id STRING,
  progress_percentage INT,
  iterations INT,
  validation_percentage INT,
  created_at TIMESTAMP,
  last_updated TIMESTAMP,
  conversion_started_at TIMESTAMP,
  conversion_completed_at TIMESTAMP,
  generated_notebooks ARRAY<STRING>,
  error_message STRING,
  status_message STRING,
  current_attempt_id STRING COMMENT 'The newest attempt, whose row is in the history',
  total_attempts INT,
  successful_conversions INT,
  last_attempt_at TIMESTAMP,
  first_attempt_at TIMESTAMP
  , PRIMARY KEY (flow_id) -- Unity Catalog only: informational, nothing enforces it
)
USING DELTA
COMMENT 'NiFi flows and the state of their conversion'
TBLPROPERTIES ('delta.enableDeletionVectors' = 'true');
