/** The contract's subject over the fake Databricks workspace: Delta tables, Jobs by HTTP, runs that end when told. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';

import type { JobRunner, RunPhase } from '../../src/flows/jobRunner';
import { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { JOB_TAG } from '../../src/workspaces/databricks/jobSettings';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import { databricksDialect } from '../../src/workspaces/databricks/sql/databricksDialect';
import { parametersOf, readScript, SET_UP_SCRIPTS } from '../../src/workspaces/databricks/setUp/scripts';
import type { ContractSubject } from '../support/contract/subject';
import type { RunnerVerb } from '../support/contract/fileJobRunner';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { EMPTY_ENV, never } from './fixtures';

export const SETUP = path.resolve(__dirname, '..', '..', 'setup');

export function settingsFor(fake: FakeWorkspace, changes: Partial<DatabricksSettings> = {}): DatabricksSettings {
  return {
    host: fake.host,
    profile: '',
    warehouseHttpPath: fake.warehouseHttpPath,
    catalog: 'spark_catalog',
    schema: 'nifi',
    flowsTable: 'nifi_flows',
    historyTable: 'nifi_conversion_history',
    volumePath: '/Volumes/main/nifi/files',
    outputPath: '/Volumes/main/nifi/files/out',
    agentNotebookPath: '/Workspace/Shared/nifi_conversion_dummy_agent',
    compute: 'serverless',
    cluster: {},
    jobPermissions: [],
    emailOwner: false,
    ...changes,
  };
}

export async function openWorkspace(
  fake: FakeWorkspace,
  settings: DatabricksSettings,
  token?: string,
): Promise<DatabricksWorkspace> {
  return DatabricksWorkspace.open({
    settings: () => settings,
    network: { proxy: '', noProxy: [], extraCa: [fake.certificate] },
    env: EMPTY_ENV,
    vault: { token: () => Promise.resolve(token ?? [...fake.tokens.keys()][0] ?? null) },
    userAgent: 'nifi-accelerator/0.0.0',
    onWarehouseState: () => undefined,
    log: () => undefined,
  });
}

/** Makes the schema and runs the set-up scripts. */
export async function setUpTables(workspace: DatabricksWorkspace, settings: DatabricksSettings): Promise<void> {
  const { catalog, schema, flowsTable, historyTable } = settings;
  await workspace.sql.execute(`CREATE SCHEMA IF NOT EXISTS \`${catalog}\`.\`${schema}\``, {}, { signal: never });
  const names = { catalog, schema, flows_table: flowsTable, history_table: historyTable };
  for (const name of SET_UP_SCRIPTS) {
    for (const statement of (await readScript(SETUP, name, catalog)).statements) {
      await workspace.sql.execute(statement, parametersOf(statement, names), { signal: never });
    }
  }
}

/** A notebook where the agent belongs, for runs that are held: a start only looks whether one is there. */
export async function putAnyAgent(workspace: DatabricksWorkspace, settings: DatabricksSettings): Promise<void> {
  const source = Buffer.from('# Databricks notebook source\n');
  await workspace.files.importNotebook(settings.agentNotebookPath, source, never);
}

function tableOf({ catalog, schema }: DatabricksSettings, name: string): string {
  return databricksDialect(catalog, schema).table(name);
}

const RESULTS: Readonly<Record<RunPhase, string>> = {
  waiting: '',
  running: '',
  succeeded: 'SUCCESS',
  failed: 'FAILED',
  cancelled: 'CANCELED',
  skipped: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
  timedOut: 'TIMEDOUT',
};

/** Runs of `fake` must be held (`fake.jobs.hold`); the tables are shared by all subjects of a file, and emptied for each. */
export async function databricksSubject(fake: FakeWorkspace, settings: DatabricksSettings): Promise<ContractSubject> {
  const opened: DatabricksWorkspace[] = [];
  let ahead = 0;
  const before = new Set(fake.jobs.jobs.keys());
  const own = (): { attemptId: string; jobId: string }[] =>
    [...fake.jobs.jobs.values()]
      .filter((job) => !before.has(job.id))
      .map((job) => ({ attemptId: job.settings.tags?.[JOB_TAG.attempt] ?? '', jobId: job.id }));
  const runsOf = (attemptId: string): string[] => {
    const jobs = new Set(
      own()
        .filter((job) => job.attemptId === attemptId)
        .map((job) => job.jobId),
    );
    return [...fake.jobs.runs.values()].filter((run) => jobs.has(run.job.id)).map((run) => run.id);
  };
  const open = async (user: string): Promise<DatabricksWorkspace> => {
    const token = `token-${user}-${randomBytes(4).toString('hex')}`;
    fake.tokens.set(token, user);
    const workspace = await openWorkspace(fake, settings, token);
    opened.push(workspace);
    return workspace;
  };
  const workspace = await open('ann');
  for (const name of [settings.historyTable, settings.flowsTable]) {
    await workspace.sql.execute(`DELETE FROM ${tableOf(settings, name)}`, {}, { signal: never, idempotent: true });
  }
  return {
    workspace,
    now: () => new Date(Date.now() + ahead),
    advance: (milliseconds) => void (ahead += milliseconds),
    sibling: open,
    endRun: async (attemptId, phase, message) => {
      for (const run of runsOf(attemptId)) fake.jobs.finish(run, RESULTS[phase], message ?? '');
    },
    agentEnds: async (attemptId, status, notebooks) => {
      await workspace.sql.execute(
        `UPDATE ${tableOf(settings, settings.historyTable)} SET status = :status, completed_at = current_timestamp(), progress_percentage = 100,
           generated_notebooks = from_json(:notebooks, 'array<string>'),
           error_message = CASE WHEN :status = 'FAILED' THEN 'the agent says why' END
         WHERE attempt_id = :id AND status IN ('CREATING', 'RUNNING')`,
        { id: attemptId, status, notebooks: JSON.stringify(notebooks) },
        { signal: never, idempotent: true },
      );
    },
    activeRuns: async () =>
      own()
        .map((job) => job.attemptId)
        .filter((id) => runsOf(id).some((run) => fake.jobs.runs.get(run)?.endedAt === 0)),
    jobs: async () => own().map((job) => job.attemptId),
    loseRun: async (attemptId) => {
      for (const run of runsOf(attemptId)) fake.jobs.forget(run);
      for (const job of own().filter((each) => each.attemptId === attemptId)) fake.jobs.jobs.delete(job.jobId);
    },
    hideRun: async (attemptId) => {
      for (const run of runsOf(attemptId)) fake.jobs.hidden.add(run);
    },
    failCalls: (verb, when, error, matches = () => true) => breakCalls(workspace.runner, verb, when, error, matches),
    dispose: async () => {
      for (const job of own()) {
        for (const run of runsOf(job.attemptId)) fake.jobs.finish(run, 'CANCELED', '');
      }
      for (const each of opened) each.dispose();
    },
  };
}

/** What the caller of a job runner sees when a call fails for good; faults on the wire are tests of their own. */
function breakCalls(
  runner: JobRunner,
  verb: RunnerVerb,
  when: 'before' | 'after',
  error: Error,
  matches: (subject: string) => boolean,
): () => void {
  const original = runner[verb].bind(runner) as (...args: readonly unknown[]) => Promise<unknown>;
  Object.defineProperty(runner, verb, {
    configurable: true,
    value: async (...args: readonly unknown[]) => {
      const hit = matches(subjectOf(verb, args));
      if (hit && when === 'before') throw error;
      const result = await original(...args);
      if (hit) throw error;
      return result;
    },
  });
  return () => void Reflect.deleteProperty(runner, verb);
}

/** What a call is about, as the file job runner names it: the attempt, or the job. */
function subjectOf(verb: RunnerVerb, args: readonly unknown[]): string {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null && 'attemptId' in first) return String(first.attemptId);
  return verb === 'startRun' ? String(second) : String(first);
}
