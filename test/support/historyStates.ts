/**
 * The history page in its states, made from flows and attempts by the product's own functions: what the page tests show
 * in a plain browser. Times are relative to the moment of the call.
 */
import type { AttemptView, FlowView } from '../../src/flows/flowsModel';
import type { LiveAttempt } from '../../src/flows/liveAttempt';
import { AcceleratorError } from '../../src/flows/errors';
import type { CoverageState, DetailsState, HostMessage, ListState } from '../../src/views/historyPanel/protocol';
import { detailsState, headerState, problemState, rowState } from '../../src/views/historyPanel/state';
import { attemptView, flowView, liveAttempt } from './flowSamples';

const MINUTE = 60;
const DAY = 86_400;

const ERROR = `Validation failed: 27 of 38 checks passed after 3 iterations (limit 3).

02_enrich_orders, cell 7, line 14, column 22
  processor  Route by region (RouteOnAttribute, group Enrich)
  reason     the attribute order.region.code is read here, but no earlier
             step sets it; Split orders sets order.region only

11 checks depend on this cell and were not run.
See run log line 412 for the full trace.`;

const notebooks = (...names: readonly string[]): readonly string[] => names.map((name) => `/out/attempt/${name}.py`);

function history(): readonly AttemptView[] {
  return [
    attemptView(5, 12 * MINUTE, 184, {
      status: 'FAILED',
      progressPercentage: 71,
      validationPercentage: 71,
      iterations: 3,
      errorMessage: ERROR,
      statusMessage: 'Stopped: iteration limit reached',
      triggeredBy: 'retry:data-eng',
      generatedNotebooks: notebooks('01_read_orders', '02_enrich_orders', '03_write_silver'),
    }),
    attemptView(4, 2 * DAY + 4000, 178, {
      statusMessage: 'Done: 3 notebooks',
      generatedNotebooks: notebooks('01_read_orders', '02_enrich_orders', '03_write_silver'),
    }),
    attemptView(3, 3 * DAY, 41, {
      status: 'CANCELLED',
      progressPercentage: 22,
      iterations: 1,
      validationPercentage: null,
      errorMessage: 'Cancelled by data-eng',
      triggeredBy: 'bulk:data-eng',
    }),
    attemptView(2, 11 * DAY, 165, { validationPercentage: 97, triggeredBy: 'retry:j.ortega' }),
    attemptView(1, 12 * DAY, 6, {
      status: 'FAILED',
      progressPercentage: 5,
      iterations: 0,
      validationPercentage: null,
      errorMessage: 'The file is not valid JSON: line 214 column 37: a comma or a closing brace was expected',
      triggeredBy: 'user:j.ortega',
    }),
  ];
}

const COVERAGE: CoverageState = { converted: 24, assisted: 7, manual: 5, notNeeded: 2 };
const CAPABILITIES = { compare: true, diff: true, assess: true, locateFile: true };

export interface PageScene {
  readonly init: Extract<HostMessage, { type: 'init' }>;
  readonly details: readonly DetailsState[];
}

interface SceneInput {
  readonly flow: FlowView;
  readonly attempts: readonly AttemptView[];
  readonly coverage?: ReadonlyMap<number, CoverageState>;
  readonly problem?: AcceleratorError;
  readonly list?: Partial<ListState>;
  readonly kind?: 'local' | 'databricks';
  readonly compare?: boolean;
}

function scene(input: SceneInput): PageScene {
  const { flow, attempts, problem = null, kind = 'local', compare = true } = input;
  const capabilities = { ...CAPABILITIES, compare };
  return {
    init: {
      type: 'init',
      header: headerState({ flow, attempts, kind, capabilities, problem }),
      problem:
        problem === null ? null : problemState(problem, 'Check connection', new Date(Date.now() - 3 * MINUTE * 1000)),
      list: { phase: 'ready', older: 0, loadingOlder: false, failure: null, ...input.list },
      rows: attempts.map((attempt) => rowState(attempt, flow.nifiXmlPath)),
      select: null,
    },
    details: attempts.map((attempt) =>
      detailsState(attempt, attempts, input.coverage?.get(attempt.attemptNumber) ?? null),
    ),
  };
}

function totals(attempts: readonly AttemptView[]): Partial<FlowView> {
  return {
    totalAttempts: attempts[0]?.attemptNumber ?? 0,
    successfulConversions: attempts.filter(({ status }) => status === 'SUCCESS').length,
    firstAttemptAt: attempts.at(-1)?.startedAt ?? null,
    lastAttemptAt: attempts[0]?.startedAt ?? null,
    currentAttemptId: attempts[0]?.attemptId ?? null,
  };
}

function running(changes: Partial<LiveAttempt>): readonly AttemptView[] {
  const attempt = attemptView(6, 108, null, {
    status: 'RUNNING',
    progressPercentage: 62,
    validationPercentage: null,
    triggeredBy: 'retry:data-eng',
    generatedNotebooks: notebooks('01_read_orders'),
  });
  return [{ ...attempt, live: liveAttempt(attempt, changes) }, ...history()];
}

const FAILED = { status: 'NEEDS_ATTENTION', source: { exists: true, changedSinceLastAttempt: true } } as const;

/** Every state that the page knows, by name. */
export function scenes(): Readonly<Record<string, PageScene>> {
  const past = history();
  const live = running({});
  const unseen = running({ visible: false, whyNotVisible: 'offline', lastSeenAt: new Date(Date.now() - 180_000) });
  const offline = new AcceleratorError('offline', 'The proxy refused the connection.', { mend: 'checkConnection' });
  const malformed = past.slice(4);
  return {
    failed: scene({
      flow: flowView({ ...FAILED, ...totals(past) }),
      attempts: past,
      coverage: new Map([[5, COVERAGE]]),
    }),
    running: scene({
      flow: flowView({ status: 'CONVERTING', ...totals(live), live: live[0]?.live ?? null }),
      attempts: live,
    }),
    empty: scene({ flow: flowView(), attempts: [] }),
    unknown: scene({
      flow: flowView({ status: 'CONVERTING', ...totals(unseen), live: unseen[0]?.live ?? null }),
      attempts: unseen,
      kind: 'databricks',
      problem: offline,
    }),
    malformed: scene({ flow: flowView({ ...FAILED, ...totals(malformed) }), attempts: malformed, compare: false }),
    fileGone: scene({
      flow: flowView({ ...FAILED, ...totals(past), source: { exists: false, changedSinceLastAttempt: null } }),
      attempts: past,
    }),
    historyFails: scene({
      flow: flowView({ ...FAILED, ...totals(past) }),
      attempts: past,
      list: { failure: { message: 'The database is locked by another program.', button: 'Try again' } },
    }),
    loading: scene({ flow: flowView({ ...FAILED, ...totals(past) }), attempts: [], list: { phase: 'loading' } }),
    many: manyScene(),
  };
}

/** 500 attempts, as after a few pages. */
function manyScene(): PageScene {
  const attempts = Array.from({ length: 500 }, (_, index) => {
    const number = 620 - index;
    const failed = number % 3 === 0;
    return attemptView(number, (index + 1) * 3600, 60 + (number % 90), {
      status: failed ? 'FAILED' : 'SUCCESS',
      errorMessage: failed ? `Attempt ${number} ended early: the source answered with nothing at all, twice` : null,
      progressPercentage: failed ? number % 100 : 100,
    });
  });
  return scene({ flow: flowView({ status: 'DONE', ...totals(attempts) }), attempts, list: { older: 120 } });
}
