/** What every `FlowStore` does, whatever engine is below it. */
import assert from 'node:assert/strict';
import type { FlowStore, StartRequest, WonClaim } from '../../../src/flows/flowStore';
import { jobNameOf } from '../../../src/flows/ids';
import { oneWon, registerFlows } from './samples';
import type { ContractSubject, SubjectFactory } from './subject';

export function describeFlowStore(name: string, factory: SubjectFactory): void {
  describe(`flow store on ${name}`, () => {
    const { signal } = new AbortController();
    let subject: ContractSubject;
    let store: FlowStore;

    beforeEach(async () => {
      subject = await factory();
      store = subject.workspace.store;
    });
    afterEach(async () => subject.dispose());

    const ask = (flowId: string, user = 'ann'): StartRequest => ({ flowId, trigger: 'user', user });
    const claim = async (flowId: string, user = 'ann'): Promise<WonClaim> =>
      oneWon(await store.claim([ask(flowId, user)], subject.now(), signal));
    const addRow = async (won: WonClaim): Promise<void> =>
      store.addAttempts(
        [
          {
            attemptId: won.attemptId,
            flowId: won.flow.flowId,
            attemptNumber: won.attemptNumber,
            jobName: jobNameOf(won.attemptId),
            startedAt: won.claimedAt,
            triggeredBy: won.triggeredBy,
          },
        ],
        signal,
      );
    const close = async (
      won: WonClaim,
      status: 'SUCCESS' | 'FAILED' | 'CANCELLED',
      notebooks?: readonly string[],
    ): Promise<void> =>
      store.closeAttempts(
        [
          {
            attemptId: won.attemptId,
            flowId: won.flow.flowId,
            status,
            completedAt: new Date(won.claimedAt.getTime() + 90_500),
            errorMessage: status === 'FAILED' ? 'broken' : null,
            statusMessage: null,
            ...(notebooks === undefined ? {} : { generatedNotebooks: notebooks }),
          },
        ],
        signal,
      );
    const attempt = async (won: WonClaim, status: 'SUCCESS' | 'FAILED' | 'CANCELLED'): Promise<void> => {
      await addRow(won);
      await close(won, status);
    };
    const flowOf = async (flowId: string) => {
      const [flow] = await store.getFlows([flowId], signal);
      assert.ok(flow);
      return flow;
    };

    it('registers flows once, and keeps the id and history of a path that it knows', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      await attempt(await claim(flow.flowId), 'SUCCESS');
      const again = await store.registerFlows([{ ...flow, flowId: 'another-id', flowName: 'Renamed' }], signal);
      assert.deepEqual(again, { added: [], updated: [flow.flowId], unchanged: [], refused: [] });
      const unchanged = await store.registerFlows([{ ...flow, flowName: 'Renamed' }], signal);
      assert.deepEqual(unchanged.unchanged, [flow.flowId]);
      const read = await flowOf(flow.flowId);
      assert.equal(read.flowName, 'Renamed');
      assert.equal(read.status, 'DONE');
      assert.equal(read.totalAttempts, 1);
    });

    it('refuses a second path under an id that is taken, and registers the others', async () => {
      const [flow, other] = await registerFlows(store, 2);
      assert.ok(flow && other);
      const result = await store.registerFlows(
        [
          { ...flow, nifiXmlPath: `${flow.nifiXmlPath}.moved` },
          { ...other, flowId: `${other.flowId}x`, nifiXmlPath: `${other.nifiXmlPath}x` },
        ],
        signal,
      );
      assert.deepEqual(result.refused, [flow.flowId]);
      assert.deepEqual(result.added, [`${other.flowId}x`]);
    });

    it('never lets a scan overwrite what a person wrote', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      await store.updateFlow(flow.flowId, { owner: 'bea', priority: '1', description: 'mine' }, signal);
      await store.registerFlows([{ ...flow, flowName: 'Renamed', description: 'from the file' }], signal);
      const read = await flowOf(flow.flowId);
      assert.deepEqual([read.owner, read.priority, read.description], ['bea', '1', 'mine']);
      await store.updateFlow(flow.flowId, { owner: null }, signal);
      const emptied = await flowOf(flow.flowId);
      assert.deepEqual([emptied.owner, emptied.priority], [null, '1']);
    });

    it('carries any text through unchanged', async () => {
      const text = `it's "quoted" \\ ; -- :name ?1 \${EL} {{x}} %s\n\ttab é 日本 🚀 </script>`;
      const [flow] = await registerFlows(store, 1, { flowName: text, description: text });
      assert.ok(flow);
      const won = await claim(flow.flowId, text);
      await addRow(won);
      const end = {
        attemptId: won.attemptId,
        flowId: flow.flowId,
        status: 'FAILED' as const,
        completedAt: subject.now(),
      };
      await store.closeAttempts(
        [{ ...end, errorMessage: text, statusMessage: text, generatedNotebooks: [text, '/b'] }],
        signal,
      );
      const read = await flowOf(flow.flowId);
      assert.deepEqual([read.flowName, read.description, read.errorMessage], [text, text, text]);
      const [row] = await store.history(flow.flowId, { limit: 1 }, signal);
      assert.deepEqual(row?.generatedNotebooks, [text, '/b']);
      assert.equal(row.triggeredBy, `user:${text}`);
      assert.equal(row.startedAt.getTime(), won.claimedAt.getTime());
    });

    it('gives a first claim its number, id and time, and says who stands in the way of the next', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const won = await claim(flow.flowId);
      assert.equal(won.attemptNumber, 1);
      assert.equal(won.attemptId, `${flow.flowId}_attempt_${Math.floor(won.claimedAt.getTime() / 1000)}`);
      assert.equal(won.triggeredBy, 'user:ann');
      assert.equal(won.flow.nifiXmlPath, flow.nifiXmlPath);

      const [early] = await store.claim([ask(flow.flowId, 'bob')], subject.now(), signal);
      assert.equal(early?.outcome, 'lost');
      assert.deepEqual([early.attemptId, early.by, early.current], [won.attemptId, 'user:ann', null]);
      assert.equal(early.since?.getTime(), won.claimedAt.getTime());

      await addRow(won);
      const [late] = await store.claim([ask(flow.flowId, 'bob')], subject.now(), signal);
      assert.equal(late?.outcome, 'lost');
      assert.deepEqual([late.attemptId, late.by, late.current?.status], [won.attemptId, 'user:ann', 'CREATING']);
      assert.equal((await flowOf(flow.flowId)).totalAttempts, 1);
    });

    it('knows no claim of a flow that is not registered, and claims the others', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const results = await store.claim(
        [ask('no-such-flow'), ask(flow.flowId), ask(flow.flowId)],
        subject.now(),
        signal,
      );
      assert.deepEqual(
        results.map((result) => result.outcome),
        ['unknown', 'won'],
      );
    });

    it('never gives an attempt id twice, also within one second or when the clock goes back', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const now = subject.now();
      const ids: string[] = [];
      for (const at of [now, now, new Date(now.getTime() - 3_600_000)]) {
        const won = oneWon(await store.claim([ask(flow.flowId)], at, signal));
        assert.equal(won.attemptNumber, ids.length + 1);
        ids.push(won.attemptId);
        await attempt(won, 'FAILED');
      }
      const first = Math.floor(now.getTime() / 1000);
      assert.deepEqual(
        ids,
        [first, first + 1, first + 2].map((second) => `${flow.flowId}_attempt_${second}`),
      );
    });

    it('lets a flow be claimed whose row lags behind the end of its attempt', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const won = await claim(flow.flowId);
      await addRow(won);
      await subject.agentEnds(won.attemptId, 'SUCCESS', ['/out/a']);
      const lagging = await flowOf(flow.flowId);
      assert.deepEqual(
        [lagging.status, lagging.generatedNotebooks],
        ['DONE', ['/out/a']],
        'readers see the derived state',
      );
      assert.equal(
        (await store.toReconcile(new Date(), signal)).unsettled.filter((each) => each.flowId === flow.flowId).length,
        1,
      );
      const next = await claim(flow.flowId);
      assert.equal(next.attemptNumber, 2);
    });

    it('adds a history row once', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const won = await claim(flow.flowId);
      await addRow(won);
      await store.linkRuns([{ attemptId: won.attemptId, flowId: flow.flowId, jobId: '1', runId: '2' }], signal);
      await addRow(won);
      const rows = await store.history(flow.flowId, { limit: 10 }, signal);
      assert.deepEqual(
        rows.map((row) => [row.status, row.databricksJobId, row.databricksRunId]),
        [['RUNNING', '1', '2']],
      );
    });

    it('links a run to an attempt that has already ended without changing its end', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const won = await claim(flow.flowId);
      await attempt(won, 'SUCCESS');
      await store.linkRuns([{ attemptId: won.attemptId, flowId: flow.flowId, jobId: '7', runId: '8' }], signal);
      const [row] = await store.history(flow.flowId, { limit: 1 }, signal);
      assert.deepEqual([row?.status, row?.databricksJobId, row?.databricksRunId], ['SUCCESS', '7', '8']);
      assert.equal((await flowOf(flow.flowId)).status, 'DONE');
    });

    it('leaves an attempt CREATING while its run is not known', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const won = await claim(flow.flowId);
      await addRow(won);
      await store.linkRuns([{ attemptId: won.attemptId, flowId: flow.flowId, jobId: '7', runId: null }], signal);
      const [row] = await store.history(flow.flowId, { limit: 1 }, signal);
      assert.deepEqual([row?.status, row?.databricksJobId, row?.databricksRunId], ['CREATING', '7', null]);
    });

    it('never changes an attempt that has ended', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      const won = await claim(flow.flowId);
      await addRow(won);
      await close(won, 'SUCCESS', ['/out/a']);
      const [before] = await store.history(flow.flowId, { limit: 1 }, signal);
      await close(won, 'FAILED', []);
      const [after] = await store.history(flow.flowId, { limit: 1 }, signal);
      assert.deepEqual(after, before);
      assert.equal(after?.durationSeconds, 90);
    });

    it('derives the flow: a cancelled attempt changes no status, a failure keeps earlier notebooks in history', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      await attempt(await claim(flow.flowId), 'CANCELLED');
      assert.equal((await flowOf(flow.flowId)).status, 'NOT_STARTED');
      const second = await claim(flow.flowId);
      await addRow(second);
      await close(second, 'SUCCESS', ['/out/a']);
      assert.deepEqual((await flowOf(flow.flowId)).generatedNotebooks, ['/out/a']);
      await attempt(await claim(flow.flowId), 'CANCELLED');
      const afterCancel = await flowOf(flow.flowId);
      assert.deepEqual([afterCancel.status, afterCancel.generatedNotebooks], ['DONE', ['/out/a']]);
      const running = await claim(flow.flowId);
      const while4 = await flowOf(flow.flowId);
      assert.deepEqual([while4.status, while4.settledStatus], ['CONVERTING', 'DONE']);
      await attempt(running, 'FAILED');
      const failed = await flowOf(flow.flowId);
      assert.deepEqual(
        [failed.status, failed.errorMessage, failed.totalAttempts, failed.successfulConversions],
        ['NEEDS_ATTENTION', 'broken', 4, 1],
      );
      const rows = await store.history(flow.flowId, { limit: 10 }, signal);
      assert.deepEqual(
        rows.map((row) => [row.attemptNumber, row.status, row.generatedNotebooks.length]),
        [
          [4, 'FAILED', 0],
          [3, 'CANCELLED', 0],
          [2, 'SUCCESS', 1],
          [1, 'CANCELLED', 0],
        ],
      );
    });

    it('writes a settled row once and leaves it alone after that', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      await attempt(await claim(flow.flowId), 'FAILED');
      const before = await flowOf(flow.flowId);
      await store.settleFlows([flow.flowId], signal);
      assert.deepEqual(await flowOf(flow.flowId), before);
    });

    it('does not settle a claim away whose history row is still to come', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      await attempt(await claim(flow.flowId), 'SUCCESS');
      const won = await claim(flow.flowId);
      await store.settleFlows([flow.flowId], signal);
      const read = await flowOf(flow.flowId);
      assert.deepEqual([read.status, read.currentAttemptId], ['CONVERTING', won.attemptId]);
      const [unsettled] = (await store.toReconcile(new Date(), signal)).unsettled.filter(
        (each) => each.flowId === flow.flowId,
      );
      assert.deepEqual(
        [unsettled?.currentAttemptId, unsettled?.claimedBy, unsettled?.current, unsettled?.totalAttempts],
        [won.attemptId, 'user:ann', null, 2],
      );
    });

    it('pages through a history, newest first', async () => {
      const [flow] = await registerFlows(store, 1);
      assert.ok(flow);
      for (let number = 1; number <= 5; number += 1) {
        await attempt(await claim(flow.flowId), 'FAILED');
      }
      const numbers = async (limit: number, beforeNumber?: number): Promise<readonly number[]> =>
        (
          await store.history(flow.flowId, { limit, ...(beforeNumber === undefined ? {} : { beforeNumber }) }, signal)
        ).map((row) => row.attemptNumber);
      assert.deepEqual(await numbers(2), [5, 4]);
      assert.deepEqual(await numbers(2, 4), [3, 2]);
      assert.deepEqual(await numbers(2, 2), [1]);
    });

    it('reads attempts of many flows at once, by flow and by the flow status', async () => {
      const flows = await registerFlows(store, 3);
      const [good, bad] = flows;
      assert.ok(good && bad);
      await attempt(await claim(good.flowId), 'SUCCESS');
      await attempt(await claim(bad.flowId), 'FAILED');
      const flowIds = flows.map((flow) => flow.flowId);
      const all = await store.attempts({ limit: 10, flowIds }, signal);
      assert.deepEqual(new Set(all.map((row) => row.flowId)), new Set([good.flowId, bad.flowId]));
      const failed = await store.attempts({ limit: 10, flowIds, flowStatus: 'NEEDS_ATTENTION' }, signal);
      assert.deepEqual(
        failed.map((row) => [row.flowId, row.errorMessage]),
        [[bad.flowId, 'broken']],
      );
      assert.equal((await store.attempts({ limit: 1, flowIds }, signal)).length, 1);
    });

    it('lists all flows with long texts where they decide, and what is active', async () => {
      const flows = await registerFlows(store, 3);
      const [first] = flows;
      assert.ok(first);
      await attempt(await claim(first.flowId), 'FAILED');
      const running = await claim(first.flowId);
      await addRow(running);
      const ids = new Set(flows.map((flow) => flow.flowId));
      const overview = await store.overview(signal);
      const listed = overview.flows.filter((flow) => ids.has(flow.flowId));
      assert.equal(listed.length, 3);
      const read = listed.find((flow) => flow.flowId === first.flowId);
      assert.deepEqual(
        [read?.status, read?.settledStatus, read?.errorMessage],
        ['CONVERTING', 'NEEDS_ATTENTION', null],
      );
      for (const active of [overview.active, await store.activeAttempts(signal)]) {
        assert.deepEqual(
          active.filter((row) => row.flowId === first.flowId).map((row) => row.attemptId),
          [running.attemptId],
        );
      }
    });

    it('rejects with the reason "cancelled" when called off', async () => {
      const called = new AbortController();
      called.abort();
      await assert.rejects(store.listFlows(called.signal), { name: 'AcceleratorError', reason: 'cancelled' });
    });
  });
}
