/** A run monitor over a real store, with a clock that tests move and a count of what would cost money. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jobNameOf } from '../../../src/flows/ids';
import { startedAttemptOf } from '../../../src/flows/liveAttempt';
import type { Attempt, TerminalAttemptStatus } from '../../../src/flows/model';
import { Reconciler } from '../../../src/flows/reconciler';
import { RunMonitor, type AttemptEnded } from '../../../src/flows/runMonitor';
import type { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import type { SqlClient } from '../../../src/workspaces/sql/sqlClient';
import { until } from '../until';
import { openClient } from './bundles';
import { FakeClock } from './fakeClock';
import { FileJobRunner } from './fileJobRunner';
import { newAttemptOf, registerFlows } from './samples';
import { StoreWorkspace } from './storeWorkspace';

const { signal } = new AbortController();

/** Counts what would cost money. */
class CountedClient implements SqlClient {
  statements = 0;
  constructor(private readonly inner: SqliteClient) {}
  async execute(...call: Parameters<SqlClient['execute']>): ReturnType<SqlClient['execute']> {
    this.statements += 1;
    return this.inner.execute(...call);
  }
  async close(): Promise<void> {
    await this.inner.close();
  }
}

export type MonitorSubject = Awaited<ReturnType<typeof monitorSubject>>;

export async function monitorSubject(paid: boolean) {
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-monitor-'));
  const sqlite = await openClient(path.join(folder, 'accelerator.db'));
  const client = new CountedClient(sqlite);
  const clock = new FakeClock();
  const workspace = new StoreWorkspace(
    client,
    new FileJobRunner(path.join(folder, 'jobs'), () => clock.now()),
    (each) => sqlite.hasNews(each),
  );
  workspace.readsCostMoney = paid;
  const log: string[] = [];
  const monitor = new RunMonitor(workspace, {
    clock,
    reconciler: new Reconciler(workspace, { now: () => clock.now() }),
    log: (message) => log.push(message),
  });
  const ended: AttemptEnded[] = [];
  monitor.onDidEnd((end) => ended.push(end));

  /** Starts runs without the monitor's knowledge; returns their attempt ids. */
  const start = async (count: number): Promise<readonly string[]> => {
    const flows = await registerFlows(workspace.store, count);
    const claims = await workspace.store.claim(
      flows.map(({ flowId }) => ({ flowId, trigger: 'bulk', user: 'ann' })),
      clock.now(),
      signal,
    );
    const won = claims.filter((claim) => claim.outcome === 'won');
    await workspace.store.addAttempts(won.map(newAttemptOf), signal);
    for (const { attemptId, flow } of won) {
      const jobId = await workspace.runner.createJob({
        attemptId,
        flowId: flow.flowId,
        jobName: jobNameOf(attemptId),
        owner: null,
        parameters: {
          flow_id: flow.flowId,
          nifi_xml_path: flow.nifiXmlPath,
          output_path: '/out',
          attempt_id: attemptId,
          delta_table: workspace.historyTable,
        },
      });
      const runId = await workspace.runner.startRun(jobId, attemptId);
      await workspace.store.linkRuns([{ attemptId, flowId: flow.flowId, jobId, runId }], signal);
    }
    return won.map((claim) => claim.attemptId);
  };
  const follow = async (): Promise<void> => {
    monitor.follow((await workspace.store.activeAttempts(signal)).map(startedAttemptOf));
    await cycleDone();
  };
  /** A cycle is over when the next timer is set, or when there is nothing left to wait for. */
  const cycleDone = async (): Promise<void> => {
    await until('end of a cycle', () => clock.waits().length > 0 || monitor.state.active.length === 0);
  };
  const nextCycle = async (): Promise<void> => {
    clock.advance(clock.waits()[0] ?? 0);
    await cycleDone();
  };
  const looks = (): number => workspace.runner.calls.filter((call) => call.verb === 'lookAt').length;
  const agentSays = (attemptId: string, status: TerminalAttemptStatus | 'RUNNING', progress: number): void => {
    workspace.notebooks.progress.set(attemptId, {
      attemptId,
      status,
      progressPercentage: progress,
      iterations: 1,
      validationPercentage: null,
      statusMessage: `at ${progress}`,
      errorMessage: status === 'FAILED' ? 'line 3, column 7' : null,
      generatedNotebooks: status === 'SUCCESS' ? ['/out/a'] : [],
      updatedAt: clock.now(),
    });
  };
  const agentWrites = async (
    attemptId: string,
    status: TerminalAttemptStatus | 'RUNNING',
    progress: number,
  ): Promise<void> => {
    const other = await openClient(path.join(folder, 'accelerator.db'));
    await other.execute(
      `UPDATE nifi_conversion_history SET status = :status, progress_percentage = :progress,
         error_message = CASE :status WHEN 'FAILED' THEN 'line 3, column 7' END,
         generated_notebooks = CASE :status WHEN 'SUCCESS' THEN '["/out/a"]' END
       WHERE attempt_id = :id AND status IN ('CREATING', 'RUNNING')`,
      { id: attemptId, status, progress },
      { signal },
    );
    await other.close();
  };
  /** The agent's report on the way that this workspace has. */
  const agent = async (
    attemptId: string,
    status: TerminalAttemptStatus | 'RUNNING',
    progress: number,
  ): Promise<void> => {
    agentSays(attemptId, status, progress);
    await agentWrites(attemptId, status, progress);
  };
  const rowOf = async (attemptId: string): Promise<Attempt | undefined> =>
    (await workspace.store.getAttempts([attemptId], signal))[0];
  const dispose = async (): Promise<void> => {
    monitor.dispose();
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  };

  return {
    client,
    clock,
    workspace,
    monitor,
    ended,
    log,
    start,
    follow,
    cycleDone,
    nextCycle,
    looks,
    agentSays,
    agentWrites,
    agent,
    rowOf,
    dispose,
  };
}
