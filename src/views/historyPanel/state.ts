/** What the page is to show of a flow and its attempts. Pure: no clock, no VS Code. */
import { splitFlowPath } from '../../flows/flowPath';
import type { AcceleratorError } from '../../flows/errors';
import type { AttemptView, FlowView } from '../../flows/flowsModel';
import { isActive } from '../../flows/model';
import type { WorkspaceKind } from '../../flows/workspace';
import {
  attemptDisplay,
  clampPercentage,
  flowDisplay,
  flowTitle,
  notebookName,
  triggerLabel,
  truncateError,
} from '../format';
import type { HistoryCapabilities } from './actions';
import type { CoverageState, DetailsState, HeaderState, PrimaryAction, ProblemState, RowState } from './protocol';

/** Whether an attempt still goes on, as far as anybody has seen: its row may lag behind its run. */
export function goesOn(attempt: AttemptView): boolean {
  return isActive(attempt.status) && (attempt.live?.end ?? null) === null;
}

/** The notebooks that an attempt is known to have written. */
export function notebooksOf(attempt: AttemptView): readonly string[] {
  return attempt.generatedNotebooks.length > 0
    ? attempt.generatedNotebooks
    : (attempt.live?.end?.generatedNotebooks ?? []);
}

/** The whole error of an attempt. */
export function errorOf(attempt: AttemptView): string | null {
  const error = attempt.errorMessage ?? attempt.live?.end?.errorMessage ?? null;
  return error === null || error.trim() === '' ? null : error;
}

function succeeded(attempt: AttemptView): boolean {
  return attemptDisplay(attempt.status, attempt.live) === 'succeeded';
}

function primaryOf(flow: FlowView): PrimaryAction {
  switch (flowDisplay(flow.status, flow.live)) {
    case 'notStarted':
      return flow.totalAttempts === 0 ? 'start' : 'again';
    case 'needsAttention':
      return 'retry';
    case 'done':
      return 'again';
    case 'converting':
    case 'waiting':
    case 'unknown':
      return 'cancel';
  }
}

function whyOff(flow: FlowView, primary: PrimaryAction, problem: AcceleratorError | null): string | null {
  if (problem !== null) {
    return `Not while this stands: ${problem.message}`;
  }
  if (primary === 'cancel') {
    return flow.currentAttemptId === null ? 'The attempt is not known yet.' : null;
  }
  return flow.source.exists ? null : 'The flow file was not found.';
}

export interface HeaderInput {
  readonly flow: FlowView;
  readonly attempts: readonly AttemptView[];
  readonly kind: WorkspaceKind;
  readonly capabilities: HistoryCapabilities;
  readonly problem: AcceleratorError | null;
}

export function headerState({ flow, attempts, kind, capabilities, problem }: HeaderInput): HeaderState {
  const primary = primaryOf(flow);
  const newestEnded = attempts.find((attempt) => !goesOn(attempt));
  const changed = flow.source.exists && flow.source.changedSinceLastAttempt === true;
  return {
    flowId: flow.flowId,
    name: flowTitle(flow),
    display: flowDisplay(flow.status, flow.live),
    server: flow.server,
    path: flow.nifiXmlPath,
    runsOn: kind,
    fileExists: flow.source.exists,
    changedSince: changed ? (newestEnded?.attemptNumber ?? null) : null,
    attempts: Math.max(flow.totalAttempts, attempts[0]?.attemptNumber ?? 0),
    successes: flow.successfulConversions,
    firstAt: flow.firstAttemptAt?.toISOString() ?? null,
    lastAt: (attempts[0]?.startedAt ?? flow.lastAttemptAt)?.toISOString() ?? null,
    primary,
    primaryOff: whyOff(flow, primary, problem),
    can: {
      openNotebooks: newestWithNotebooks(attempts) !== undefined,
      openFlow: kind === 'local' && flow.source.exists,
      locateFile: capabilities.locateFile,
      compare: capabilities.compare,
      export: true,
      openLog: true,
      diff: capabilities.diff,
      assess: capabilities.assess,
    },
  };
}

/** The newest success that wrote notebooks; where no attempt succeeded, the newest that wrote any. */
export function newestWithNotebooks(attempts: readonly AttemptView[]): AttemptView | undefined {
  const written = attempts.filter((attempt) => notebooksOf(attempt).length > 0);
  return written.find(succeeded) ?? written[0];
}

/** @param path where the flow lies: an error that begins with it says more without it */
export function rowState(attempt: AttemptView, path: string): RowState {
  const active = goesOn(attempt);
  const live = attempt.live;
  const ended = attempt.completedAt ?? live?.end?.completedAt ?? null;
  const display = attemptDisplay(attempt.status, live);
  const error = errorOf(attempt);
  const measured = ended === null ? null : Math.max(0, (ended.getTime() - attempt.startedAt.getTime()) / 1000);
  const progress = active ? (live?.progressPercentage ?? attempt.progressPercentage) : attempt.progressPercentage;
  return {
    attemptId: attempt.attemptId,
    number: attempt.attemptNumber,
    display,
    startedAt: attempt.startedAt.toISOString(),
    endedAt: ended?.toISOString() ?? null,
    durationSeconds: active ? null : (attempt.durationSeconds ?? measured),
    active,
    // A success is complete whatever an agent forgot to write.
    progress: display === 'succeeded' ? 100 : clampPercentage(progress ?? live?.progressPercentage ?? null),
    error: error === null ? '' : truncateError(withoutPath(error, path)),
    message: active ? liveMessage(attempt) : '',
    seenAt: active ? (live?.lastSeenAt?.toISOString() ?? null) : null,
  };
}

/** An error without the flow's own path in front, as `<path>: what happened` has it. */
function withoutPath(error: string, path: string): string {
  const { file } = splitFlowPath(path);
  const own = [path, file].find((one) => one !== '' && error.startsWith(`${one}:`));
  const rest = own === undefined ? '' : error.slice(own.length + 1).trimStart();
  return rest === '' ? error : rest;
}

function liveMessage(attempt: AttemptView): string {
  const { live } = attempt;
  if (live?.visible === false) {
    return 'Running when last seen';
  }
  return live?.statusMessage ?? attempt.statusMessage ?? '';
}

/** A parser's position, as XML and JSON readers word it. */
const SOURCE_POSITION = /\bline (\d{1,9}),? column \d+/i;

/**
 * The line of the flow's own file that a failed attempt complains about. Only where it wrote nothing: a later error's
 * position is one in a notebook.
 */
export function sourceLine(attempt: AttemptView): number | null {
  const error = errorOf(attempt);
  if (error === null || attemptDisplay(attempt.status, attempt.live) !== 'failed' || notebooksOf(attempt).length > 0) {
    return null;
  }
  const line = SOURCE_POSITION.exec(error.split('\n')[0] ?? '')?.[1];
  return line === undefined ? null : Math.max(1, Number(line));
}

/** The newest success before an attempt whose notebooks it can be compared with. */
export function earlierSuccess(attempt: AttemptView, attempts: readonly AttemptView[]): AttemptView | undefined {
  return attempts.find(
    (other) => other.attemptNumber < attempt.attemptNumber && succeeded(other) && notebooksOf(other).length > 0,
  );
}

export function detailsState(
  attempt: AttemptView,
  attempts: readonly AttemptView[],
  coverage: CoverageState | null,
): DetailsState {
  const live = attempt.live;
  const active = goesOn(attempt);
  return {
    attemptId: attempt.attemptId,
    error: errorOf(attempt),
    statusMessage: (active ? liveMessage(attempt) : attempt.statusMessage) || null,
    sourceLine: sourceLine(attempt),
    notebooks: notebooksOf(attempt).map((path) => ({ name: notebookName(path) })),
    coverage,
    validation: clampPercentage(attempt.validationPercentage ?? live?.validationPercentage ?? null),
    iterations: natural(attempt.iterations ?? live?.iterations ?? null),
    trigger: triggerLabel(attempt.triggeredBy),
    runId: attempt.databricksRunId ?? live?.runId ?? null,
    diffWith: earlierSuccess(attempt, attempts)?.attemptNumber ?? null,
  };
}

function natural(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.max(0, Math.round(value));
}

/** What stands in the way of fresh data, as a line under the header. */
export function problemState(error: AcceleratorError, button: string | null, dataFrom: Date | null): ProblemState {
  return {
    title: error.reason === 'offline' ? 'Databricks cannot be reached.' : 'The flows could not be read.',
    why: error.message,
    dataFrom: dataFrom?.toISOString() ?? null,
    button: button === null ? 'Try again' : sentenceCase(button),
  };
}

/** Buttons in pages are in sentence case, the titles of commands are not. Names keep their capitals. */
export function sentenceCase(title: string): string {
  return title.replace(/(?<= )(?!Python|Databricks|NiFi)[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}
