/** Chaos on this computer: agents that die, keep silent or fail, and a file that others lock. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import { sqliteDialect } from '../../../src/workspaces/local/sqlite/dialect';
import { seeded } from '../fakeWorkspace/faults';
import { DUMMY_AGENT, Place, SOURCE_PARTS, TEMPLATE } from '../localWindow';
import type { ChaosPlace } from './chaos';

const { signal } = new AbortController();
const MAX_RUNS = 8;
/** The file is locked for so long, about every so often: shorter than a writer waits, and often. */
const LOCK_MS = 150;
const BETWEEN_LOCKS_MS = 700;

/** Before the dummy agent's own cells: by the flow's id, so that the same ones fail in each run of the test. */
const FATE = `
import hashlib, os, time
fate = hashlib.sha256(dbutils.widgets.get("flow_id").encode()).digest()[0] % 10
if fate == 0:
    os._exit(9)  # as when the system kills it
if fate == 1:
    dbutils.notebook.exit("nobody was told")
if fate == 2:
    raise RuntimeError("broken before it could say so")
if fate == 3:
    time.sleep(2)
`;

export async function localPlace(starts: number, seed: number): Promise<ChaosPlace & { dispose(): Promise<void> }> {
  const place = new Place();
  for (let index = 0; index < starts; index += 1) writeFileSync(path.join(place.flows, `flow-${index}.xml`), TEMPLATE);
  const [header = '', ...cells] = readFileSync(DUMMY_AGENT, 'utf8').split('\n');
  const agent = place.path('agent.py');
  writeFileSync(agent, [header, FATE, '# COMMAND ----------', '', ...cells].join('\n'));
  const workspace = await place.open({ agent, maxRuns: MAX_RUNS });
  await workspace.populate(() => undefined, signal);
  const flowIds = (await workspace.store.listFlows(signal)).map((flow) => flow.flowId);
  const file = path.join(place.storage, 'accelerator.sqlite');
  const { file: workerFile, options: workerOptions } = SOURCE_PARTS.sqliteWorker;
  const sql = new SqliteClient({ file, workerFile, ...(workerOptions === undefined ? {} : { workerOptions }) });
  let locks = 0;

  const lockNowAndThen = async (over: AbortSignal): Promise<void> => {
    const random = seeded(seed);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA busy_timeout = 5000');
    while (!over.aborted) {
      await sleep(BETWEEN_LOCKS_MS * (0.5 + random()));
      database.exec('BEGIN IMMEDIATE');
      locks += 1;
      await sleep(LOCK_MS);
      database.exec('COMMIT');
    }
    database.close();
  };

  return {
    workspace,
    sql,
    flowsTable: sqliteDialect.table('nifi_flows'),
    forWindows: { kind: 'local', root: place.root, agent, maxRuns: MAX_RUNS },
    flowIds,
    storm: () => {
      const over = new AbortController();
      const locking = lockNowAndThen(over.signal);
      return async () => {
        over.abort();
        await locking;
      };
    },
    jobs: async () => {
      const jobs = await workspace.runner.ownedJobs(signal);
      const { rows } = await sql.execute('SELECT job_id, run_id FROM local_runs', {}, { signal, idempotent: true });
      return jobs.map(({ jobId, attemptId, active }) => ({
        jobId,
        attemptId,
        active,
        runIds: rows.filter((row) => row['job_id'] === jobId).map((row) => String(row['run_id'])),
      }));
    },
    counts: () => ({ locks }),
    dispose: async () => {
      workspace.dispose();
      await sql.close();
      place.remove();
    },
  };
}
