/**
 * The local file's tables, and how an older file becomes a newer one.
 *
 * Other programs open this file too (the Python process that runs an agent), so its layout is a contract:
 * - `nifi_flows` and `nifi_conversion_history` have the columns of the Delta tables, under the same names;
 * - a TIMESTAMP is ISO 8601 text in UTC with milliseconds, `2026-03-01T12:00:00.000Z`, so that text order is time order
 *   (in SQL: `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`);
 * - an ARRAY<STRING> is JSON text, `["a","b"]`; NULL means none;
 * - an INT is an INTEGER; an absent value is NULL, but `databricks_job_id` of an attempt is '' until its job exists;
 * - the file's `user_version` is the number of migrations it has been through, its `application_id` says it is ours;
 * - a writer sets a busy timeout and keeps transactions short; every update of an attempt carries
 *   `WHERE status IN ('CREATING', 'RUNNING')`.
 *
 * Rules for migrations: append only, never edit one that was released; each runs in one transaction with the change of
 * `user_version`; only what SQLite 3.26 knows (no RETURNING, no UPDATE FROM, no STRICT, no DROP COLUMN).
 */
import { LOCAL_TABLES } from './localTables';

/** 'NiFi' in ASCII. */
export const APPLICATION_ID = 0x4e694669;

/** The k-th entry leads from version k to version k + 1. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  // 1: the two tables that both workspaces have
  [
    `CREATE TABLE nifi_flows (
      flow_id TEXT NOT NULL PRIMARY KEY,
      flow_name TEXT NOT NULL,
      server TEXT NOT NULL,
      nifi_xml_path TEXT NOT NULL,
      description TEXT,
      priority TEXT,
      owner TEXT,
      status TEXT NOT NULL,
      databricks_job_id TEXT,
      databricks_run_id TEXT,
      progress_percentage INTEGER,
      iterations INTEGER,
      validation_percentage INTEGER,
      created_at TEXT,
      last_updated TEXT,
      conversion_started_at TEXT,
      conversion_completed_at TEXT,
      generated_notebooks TEXT,
      error_message TEXT,
      status_message TEXT,
      current_attempt_id TEXT,
      total_attempts INTEGER,
      successful_conversions INTEGER,
      last_attempt_at TEXT,
      first_attempt_at TEXT
    )`,
    // Not UNIQUE: an upsert of a known flow would meet this index before the key that it names.
    `CREATE INDEX nifi_flows_by_path ON nifi_flows (nifi_xml_path)`,
    `CREATE TABLE nifi_conversion_history (
      attempt_id TEXT NOT NULL PRIMARY KEY,
      flow_id TEXT NOT NULL,
      databricks_job_id TEXT NOT NULL,
      databricks_run_id TEXT,
      job_name TEXT,
      status TEXT NOT NULL,
      started_at TEXT NOT NULL,
      completed_at TEXT,
      duration_seconds INTEGER,
      progress_percentage INTEGER,
      iterations INTEGER,
      validation_percentage INTEGER,
      generated_notebooks TEXT,
      error_message TEXT,
      status_message TEXT,
      attempt_number INTEGER,
      triggered_by TEXT
    )`,
    `CREATE INDEX nifi_conversion_history_by_flow ON nifi_conversion_history (flow_id, attempt_number)`,
    `CREATE INDEX nifi_conversion_history_active ON nifi_conversion_history (status)
      WHERE status IN ('CREATING', 'RUNNING')`,
  ],
  // 2: what only this computer has
  LOCAL_TABLES,
];
