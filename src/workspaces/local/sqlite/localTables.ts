/**
 * Tables that only this computer has: its jobs and runs, and what each attempt was made from. The process that runs an
 * agent (`python/run_agent.py`) updates `local_runs` too.
 *
 * A run is QUEUED (waits for a free place), STARTING (a window holds the place and launches Python), RUNNING (the process
 * has its lock) or ENDED. `launch` counts launches: a process whose number is not the row's any more does nothing.
 */
export const LOCAL_TABLES: readonly string[] = [
  `CREATE TABLE local_jobs (
    job_id TEXT NOT NULL PRIMARY KEY,
    job_name TEXT NOT NULL UNIQUE,
    attempt_id TEXT NOT NULL,
    flow_id TEXT NOT NULL,
    agent_path TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created_at TEXT NOT NULL
  )`,
  `CREATE TABLE local_runs (
    queue_number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    job_id TEXT NOT NULL,
    attempt_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    launch INTEGER NOT NULL,
    queued_at TEXT NOT NULL,
    claimed_at TEXT,
    claim TEXT,
    pid INTEGER,
    host TEXT,
    started_at TEXT,
    ended_at TEXT,
    result TEXT,
    message TEXT,
    trace TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0
  )`,
  `CREATE INDEX local_runs_active ON local_runs (state, queue_number) WHERE state <> 'ENDED'`,
  // Outlives the job: an attempt's output may be opened, and its source compared, long after retention.
  `CREATE TABLE local_outputs (
    attempt_id TEXT NOT NULL PRIMARY KEY,
    flow_id TEXT NOT NULL,
    output_path TEXT NOT NULL,
    source_sha256 TEXT NOT NULL,
    source_size INTEGER NOT NULL,
    source_modified_ms INTEGER NOT NULL,
    created_at TEXT NOT NULL
  )`,
  `CREATE INDEX local_outputs_by_flow ON local_outputs (flow_id, created_at)`,
];
