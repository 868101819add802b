import assert from 'node:assert/strict';
import { AcceleratorError } from '../../../src/flows/errors';
import { Emitter } from '../../../src/flows/event';
import type { AttemptView, FlowsChange, FlowView, LoadState } from '../../../src/flows/flowsModel';
import type { HistoryQuery } from '../../../src/flows/flowStore';
import type { HistoryActions } from '../../../src/views/historyPanel/actions';
import { HistoryController, type HistorySession, type HistorySource } from '../../../src/views/historyPanel/controller';
import type { HostMessage } from '../../../src/views/historyPanel/protocol';
import { attemptView, flowView, liveAttempt } from '../../support/flowSamples';
import { until } from '../../support/until';

const FLOW = flowView().flowId;

/** A place with one flow, in memory. */
class Place implements HistorySource {
  readonly changes = new Emitter<FlowsChange>();
  readonly onDidChangeFlows = this.changes.event;
  flow: FlowView | null = flowView({ status: 'NEEDS_ATTENTION', totalAttempts: 1 });
  attempts: readonly AttemptView[] = [];
  loadState: LoadState = { kind: 'ready', loadedAt: new Date() };
  readsCostMoney = false;
  reads: HistoryQuery[] = [];
  fault: AcceleratorError | null = null;
  openFault: AcceleratorError | null = null;
  readonly reports = new Map<string, string>();
  current: HistorySession | undefined = this.makeSession();

  makeSession(): HistorySession {
    const loadState = (): LoadState => this.loadState;
    const readsCostMoney = (): boolean => this.readsCostMoney;
    return {
      model: {
        flow: () => this.flow,
        get loadState() {
          return loadState();
        },
        refresh: async () => undefined,
        history: async (_flowId, query) => {
          this.reads.push(query);
          if (this.fault !== null) {
            throw this.fault;
          }
          const { beforeNumber = Infinity, limit } = query;
          return this.attempts.filter(({ attemptNumber }) => attemptNumber < beforeNumber).slice(0, limit);
        },
      },
      workspace: {
        kind: 'local',
        get readsCostMoney() {
          return readsCostMoney();
        },
        notebooks: {
          outputPath: (_flowId, attemptId) => `/out/${attemptId}/`,
          readProgress: async () => null,
          readText: async (path) => {
            const text = this.reports.get(path);
            if (text === undefined) {
              throw new AcceleratorError('notFound', path);
            }
            return text;
          },
          list: async () => [],
        },
      },
    };
  }

  async get(): Promise<HistorySession> {
    if (this.openFault !== null) {
      throw this.openFault;
    }
    this.current ??= this.makeSession();
    return this.current;
  }

  changed(): void {
    this.changes.fire({ flowIds: new Set([FLOW]) });
  }
}

describe('the history page, host side', () => {
  let place: Place;
  let done: string[];
  let posted: HostMessage[];
  let controller: HistoryController;

  const note =
    (name: string) =>
    async (...args: readonly unknown[]): Promise<void> => {
      const told = args.map((arg) => (typeof arg === 'object' ? '·' : JSON.stringify(arg).replaceAll('"', '')));
      done.push([name, ...told].join(' '));
    };

  beforeEach(() => {
    place = new Place();
    done = [];
    posted = [];
    const actions: HistoryActions = {
      capabilities: { compare: true, diff: true, assess: false, locateFile: false },
      start: note('start'),
      retry: note('retry'),
      cancel: note('cancel'),
      openNotebook: async ({ path }, beside) => note('open')(path, beside),
      openNotebooks: async ({ attemptNumber }) => note('notebooks')(attemptNumber),
      diffNotebooks: async (older, newer) => note('diff')(older.path, newer.path),
      openLog: async ({ attemptNumber }) => note('log')(attemptNumber),
      openFlow: async (_flow, line) => note('flow')(String(line)),
      locateFile: note('locate'),
      assess: note('assess'),
      compare: async (older, newer) => note('compare')(older.attemptNumber, newer.attemptNumber),
      exportHistory: note('export'),
      copy: note('copy'),
      mendingTitle: (error) => (error.mend === 'setUpWorkspace' ? 'Set Up Workspace' : null),
      mend: async (error) => note('mend')(error.reason),
    };
    controller = new HistoryController({
      flowId: FLOW,
      source: place,
      actions,
      log: () => undefined,
      link: { post: (message) => void posted.push(message), setTitle: () => undefined },
    });
  });
  afterEach(() => controller.dispose());

  const ofType = <T extends HostMessage['type']>(type: T): Extract<HostMessage, { type: T }>[] =>
    posted.filter((message): message is Extract<HostMessage, { type: T }> => message.type === type);
  const patchWith = (key: string): Promise<object> =>
    until(`patch with ${key}`, () => ofType('patch').find((patch) => key in patch));
  const refusal = (): Promise<{ message: string }> => until('refusal', () => ofType('refused').at(-1));
  const press = async (message: object, expected: string): Promise<void> => {
    controller.receive(message);
    await until(expected, () => done.includes(expected));
  };
  async function ready(): Promise<void> {
    controller.receive({ type: 'ready' });
    await until('history', () => place.reads.length > 0 && ofType('patch').some(({ list }) => list?.phase === 'ready'));
  }

  const failed = attemptView(2, 60, 5, {
    status: 'FAILED',
    errorMessage: 'mismatched tag: line 7, column 2',
  });
  const success = attemptView(1, 600, 5, { generatedNotebooks: ['/out/1/a.py', '/out/1/b.py'] });

  it('sends everything when the page is ready, then the history', async () => {
    place.attempts = [failed, success];
    await ready();
    const [init] = ofType('init');
    assert.deepEqual([init?.rows.length, init?.list.phase, init?.header], [0, 'loading', null]);
    const rows = ofType('patch').flatMap((patch) => patch.rows ?? []);
    assert.deepEqual(
      rows.map(({ number, display }) => [number, display]),
      [
        [2, 'failed'],
        [1, 'succeeded'],
      ],
    );
  });

  it('does what is pressed with what it knows itself', async () => {
    place.attempts = [failed, success];
    await ready();
    await press({ type: 'primary', action: 'retry' }, 'retry ·');
    await press(
      { type: 'openNotebook', attemptId: success.attemptId, index: 1, beside: true },
      'open /out/1/b.py true',
    );
    await press({ type: 'openLog', attemptId: failed.attemptId }, 'log 2');
    await press({ type: 'openSource', attemptId: failed.attemptId }, 'flow 7');
    await press({ type: 'compare', first: failed.attemptId, second: success.attemptId }, 'compare 1 2');
    await press({ type: 'copyError', attemptId: failed.attemptId }, 'copy mismatched tag: line 7, column 2');
    await press({ type: 'openNotebooks' }, 'notebooks 1');
    await press({ type: 'export' }, 'export ·');
    assert.equal(ofType('copied').length, 1);
  });

  it('refuses what is not there, and what is no longer so', async () => {
    place.attempts = [failed, success];
    await ready();
    for (const message of [
      { type: 'openNotebook', attemptId: success.attemptId, index: 2, beside: false },
      { type: 'openNotebook', attemptId: 'someone-elses_attempt_1', index: 0, beside: false },
      { type: 'copyError', attemptId: success.attemptId },
      { type: 'primary', action: 'cancel' },
    ]) {
      posted.length = 0;
      controller.receive(message);
      await refusal();
    }
    controller.receive({ type: 'openNotebook', path: '/etc/passwd' });
    assert.deepEqual(done, []);
  });

  it('compares a notebook with the one of the same name in the earlier success', async () => {
    const later = attemptView(3, 10, 5, { generatedNotebooks: ['/out/3/b.py', '/out/3/c.py'] });
    place.attempts = [later, failed, success];
    await ready();
    await press({ type: 'diffNotebook', attemptId: later.attemptId, index: 0 }, 'diff /out/1/b.py /out/3/b.py');
    controller.receive({ type: 'diffNotebook', attemptId: later.attemptId, index: 1 });
    assert.match((await refusal()).message, /c was not written/);
  });

  it('follows a run without reading where reading costs money', async () => {
    place.readsCostMoney = true;
    const running = attemptView(3, 30, null, { status: 'RUNNING' });
    place.attempts = [running, failed, success];
    place.flow = flowView({ status: 'CONVERTING', totalAttempts: 3, live: liveAttempt(running) });
    await ready();
    assert.equal(place.reads.length, 1);
    posted.length = 0;
    place.flow = { ...place.flow, live: liveAttempt(running, { progressPercentage: 80 }) };
    place.changed();
    await patchWith('rows');
    assert.deepEqual(
      ofType('patch')
        .flatMap((patch) => patch.rows ?? [])
        .map(({ progress }) => progress),
      [80],
    );
    assert.equal(place.reads.length, 1);

    // The row changed: that is worth one read.
    place.flow = flowView({ status: 'DONE', totalAttempts: 3, successfulConversions: 2 });
    place.attempts = [attemptView(3, 30, 20), failed, success];
    place.changed();
    await until('second read', () => place.reads.length === 2);
  });

  it('keeps the rows and offers another try when the history cannot be read', async () => {
    place.attempts = [failed, success];
    await ready();
    place.fault = new AcceleratorError('storageUnavailable', 'The file is locked.');
    posted.length = 0;
    place.changed();
    await until('failure', () => ofType('patch').some(({ list }) => list?.failure?.message === 'The file is locked.'));
    assert.ok(ofType('patch').every(({ order }) => order === undefined));
    place.fault = null;
    controller.receive({ type: 'tryAgain' });
    await until('recovery', () => ofType('patch').at(-1)?.list?.failure === null);
  });

  it('says why nothing can be shown, with the action that mends it', async () => {
    place.current = undefined;
    place.openFault = new AcceleratorError('tablesMissing', 'The tables are missing.', { mend: 'setUpWorkspace' });
    controller.receive({ type: 'ready' });
    await until('problem', () => ofType('patch').some(({ problem }) => problem?.button === 'Set up workspace'));
    await press({ type: 'mend' }, 'mend tablesMissing');
  });

  it('loads older attempts by pages', async () => {
    place.attempts = Array.from({ length: 150 }, (_, index) => attemptView(150 - index, index + 1, 1));
    await ready();
    controller.receive({ type: 'showOlder' });
    await until('older page', () => ofType('patch').some(({ order }) => order?.length === 150));
    assert.deepEqual(place.reads.at(-1), { limit: 100, beforeNumber: 51 });
  });

  it('shows coverage only where the attempt left a report', async () => {
    place.attempts = [failed, success];
    place.reports.set(
      `/out/${success.attemptId}/conversion_report.json`,
      JSON.stringify({ processors: [{ level: 'converted' }, { level: 'manual' }] }),
    );
    await ready();
    controller.receive({ type: 'select', attemptId: success.attemptId });
    await until('coverage', () => ofType('details').some(({ details }) => details.coverage?.manual === 1));
    posted.length = 0;
    controller.receive({ type: 'select', attemptId: failed.attemptId });
    await until('details', () => ofType('details').length > 0);
    assert.equal(ofType('details').at(-1)?.details.coverage, null);
  });

  it('selects the attempt that it was opened for as soon as the page has it', async () => {
    place.attempts = [failed, success];
    controller.show(success.attemptId);
    await ready();
    assert.equal((await until('select', () => ofType('select').at(-1))).attemptId, success.attemptId);
  });

  it('shows nothing of another place as its own', async () => {
    place.attempts = [failed, success];
    await ready();
    place.attempts = [success];
    place.current = place.makeSession();
    posted.length = 0;
    place.changes.fire({ flowIds: 'all' });
    await until('rows of the other place', () => ofType('patch').some(({ order }) => order?.length === 1));
  });
});
