/** The contract's subject over SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import { openClient } from './bundles';
import type { RunnerVerb } from './fileJobRunner';
import { StoreWorkspace } from './storeWorkspace';
import type { ContractSubject } from './subject';

export interface SqliteSubject extends ContractSubject {
  readonly workspace: StoreWorkspace;
  readonly client: SqliteClient;
  readonly folder: string;
  readonly file: string;
}

interface BrokenCalls {
  readonly verb: RunnerVerb;
  readonly when: 'before' | 'after';
  readonly error: Error;
  readonly matches: (subject: string) => boolean;
}

export async function sqliteSubject(): Promise<SqliteSubject> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-contract-'));
  const file = path.join(folder, 'accelerator.db');
  const clients: SqliteClient[] = [];
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  const open = async (user: string): Promise<StoreWorkspace> => {
    const client = await openClient(file);
    clients.push(client);
    const workspace = StoreWorkspace.over(client, folder, now);
    workspace.userName = user;
    return workspace;
  };
  const workspace = await open('ann');
  const [client] = clients;
  if (client === undefined) throw new Error('no client');
  const { runner } = workspace;
  const broken = new Set<BrokenCalls>();
  const failIfBroken = (when: BrokenCalls['when'], called: RunnerVerb, about: string): void => {
    const rule = [...broken].find((each) => each.when === when && each.verb === called && each.matches(about));
    if (rule !== undefined) throw rule.error;
  };
  runner.faults = {
    before: (called, about) => failIfBroken('before', called, about),
    after: (called, about) => failIfBroken('after', called, about),
  };
  return {
    workspace,
    client,
    folder,
    file,
    now,
    advance: (milliseconds) => void (ahead += milliseconds),
    sibling: open,
    endRun: async (attemptId, phase, message) => runner.endRun(attemptId, phase, message ?? null),
    agentEnds: async (attemptId, status, notebooks) => {
      await client.execute(
        `UPDATE nifi_conversion_history SET status = :status, completed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
           progress_percentage = 100, generated_notebooks = :notebooks,
           error_message = CASE :status WHEN 'FAILED' THEN 'the agent says why' END
         WHERE attempt_id = :id AND status IN ('CREATING', 'RUNNING')`,
        { id: attemptId, status, notebooks: JSON.stringify(notebooks) },
        { signal: new AbortController().signal },
      );
    },
    activeRuns: async () => runner.activeRuns().map((job) => job.attemptId),
    jobs: async () => runner.jobs().map((job) => job.attemptId),
    loseRun: async (attemptId) => {
      for (const job of runner.jobs().filter((each) => each.attemptId === attemptId)) {
        rmSync(path.join(folder, 'jobs', `job-${job.jobId}.json`));
      }
    },
    hideRun: async (attemptId) => void runner.hidden.add(attemptId),
    failCalls: (verb, when, error, matches = () => true) => {
      const rule = { verb, when, error, matches };
      broken.add(rule);
      return () => void broken.delete(rule);
    },
    dispose: async () => {
      await Promise.all(clients.map(async (each) => each.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
