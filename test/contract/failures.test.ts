/** Failures by cause over a history as large as an estate's: 5,000 failed attempts, in the tables. */
import assert from 'node:assert/strict';
import { Emitter } from '../../src/flows/event';
import { FlowsModel, type FlowsChange } from '../../src/flows/flowsModel';
import { Reconciler } from '../../src/flows/reconciler';
import { RunMonitor } from '../../src/flows/runMonitor';
import { FailuresController } from '../../src/views/failures/controller';
import type { FailuresState } from '../../src/views/failures/protocol';
import { newAttemptOf, registerFlows } from '../support/contract/samples';
import { sqliteSubject, type SqliteSubject } from '../support/contract/sqliteSubject';
import { until } from '../support/until';

const FLOWS = 2_500;
const TRIES = 2;
/** Every fifth flow ends with this, the others with one of eight that name their flow. */
const OUT_OF_MEMORY = 'java.lang.OutOfMemoryError: Java heap space';
const signal = new AbortController().signal;

describe('failures by cause over the tables', function () {
  this.timeout(120_000);
  let subject: SqliteSubject;
  let model: FlowsModel;
  let monitor: RunMonitor;

  before(async () => {
    subject = await sqliteSubject();
    const { workspace } = subject;
    const flows = await registerFlows(workspace.store, FLOWS);
    for (let attempt = 1; attempt <= TRIES; attempt += 1)
      await fail(
        flows.map((flow) => flow.flowId),
        attempt,
      );
    monitor = new RunMonitor(workspace, { reconciler: new Reconciler(workspace) });
    model = new FlowsModel(workspace, monitor);
    await model.refresh(signal);
  });
  after(async () => {
    model.dispose();
    monitor.dispose();
    await subject.dispose();
  });

  /** One failed attempt of each flow, as starts and their ends write it. */
  async function fail(flowIds: readonly string[], attempt: number): Promise<void> {
    const { store } = subject.workspace;
    const requests = flowIds.map((flowId) => ({ flowId, trigger: 'bulk', user: 'ann' }) as const);
    const claims = (await store.claim(requests, subject.now(), signal)).map((result) => {
      assert.equal(result.outcome, 'won');
      return result;
    });
    await store.addAttempts(claims.map(newAttemptOf), signal);
    subject.advance(60_000);
    await store.closeAttempts(
      claims.map(({ flow, attemptId }, index) => ({
        attemptId,
        flowId: flow.flowId,
        status: 'FAILED',
        completedAt: subject.now(),
        errorMessage:
          attempt === TRIES && index % 5 !== 0
            ? `${flow.nifiXmlPath}: line ${index}: cause ${'abcdefgh'[index % 8] ?? ''} of it\n${'  at x.y.Z(File.java:12)\n'.repeat(50)}`
            : OUT_OF_MEMORY,
        statusMessage: null,
      })),
      signal,
    );
  }

  it('groups every flow by its newest failure, and counts all of them', async () => {
    const states: FailuresState[] = [];
    const changes = new Emitter<FlowsChange>();
    const controller = new FailuresController({
      source: { get: async () => ({ model, workspace: subject.workspace }), onDidChangeFlows: changes.event },
      actions: { retry: refuse, openHistories: refuse, copy: refuse },
      log: (message, error) => assert.fail(`${message} ${String(error)}`),
      link: {
        post: (message) => void (message.type === 'causes' && states.push(message.state)),
        setTitle: () => undefined,
      },
    });
    controller.receive({ type: 'ready' });
    const state = await until('the causes', () => states.at(-1), { timeoutMs: 60_000 });
    assert.deepEqual([state.causeCount, state.flowCount, state.attemptCount], [9, FLOWS, FLOWS * TRIES]);
    const memory = state.causes.find((cause) => cause.title === OUT_OF_MEMORY);
    assert.deepEqual([memory?.flowCount, memory?.attempts], [FLOWS / 5, FLOWS + FLOWS / 5]);
    assert.deepEqual(
      state.causes.filter((cause) => cause !== memory).map((cause) => cause.title.replace(/cause [a-h]/, 'cause ?')),
      Array.from({ length: 8 }, () => '‹flow›: line ‹n›: cause ? of it'),
    );
    controller.dispose();
    changes.dispose();
  });
});

async function refuse(): Promise<never> {
  throw new Error('nothing is pressed here');
}
