/** What the page is to show of two attempts. Pure: no clock, no VS Code. */
import {
  compareAttempts,
  differs,
  type ComparedAttempt,
  type ComparedRow,
  type Difference,
  type GroupId,
  type Value,
} from '../../flows/compareAttempts';
import type { ComponentChange } from '../../flows/componentChanges';
import type { ConversionReport } from '../../flows/conversionReport';
import type { AttemptView, FlowView } from '../../flows/flowsModel';
import type { SourceCopy, SourceValue } from '../../flows/sourceCopy';
import type { WorkspaceKind } from '../../flows/workspace';
import {
  attemptDisplay,
  attemptLook,
  flowTitle,
  formatCount,
  formatDuration,
  notebookName,
  triggerLabel,
} from '../format';
import { errorOf, notebooksOf } from '../historyPanel/state';
import type { CellState, Comparison, RowState, SideState } from './protocol';

/** Changes shown of one row; a page that names thousands says less than their number. */
const CHANGES_SHOWN = 60;
/** The same for the properties of one component. */
const PROPERTIES_SHOWN = 12;
const VALUE_LENGTH = 120;

/** One attempt with what was read of its output. */
export interface ReadAttempt {
  readonly attempt: AttemptView;
  /** Null where the flow is not among those that this window shows. */
  readonly flow: FlowView | null;
  readonly report: ConversionReport | null;
  /** The flow as it was converted; null where no copy was kept. */
  readonly source: SourceCopy | null;
  /** By path; null where the text could not be read. */
  readonly texts: ReadonlyMap<string, string | null>;
}

const TITLES: Readonly<Record<GroupId, string>> = {
  outcome: 'Outcome',
  source: 'Source',
  converter: 'Converter',
  parameters: 'Parameters',
  levels: 'Processors by level',
  notebooks: 'Notebooks',
};

export function comparison(left: ReadAttempt, right: ReadAttempt, runsOn: WorkspaceKind): Comparison {
  const groups = compareAttempts(compared(left), compared(right)).map(({ id, rows }) => ({
    id,
    title: TITLES[id],
    rows: rows.map((row, index) => rowState(row, id === 'notebooks' ? index : null)),
  }));
  const flow = right.flow ?? left.flow;
  return {
    left: sideState(left),
    right: sideState(right),
    server: flow?.server ?? '',
    path: flow?.nifiXmlPath ?? '',
    runsOn,
    groups,
    canDiffSource:
      left.source !== null && right.source !== null && JSON.stringify(left.source) !== JSON.stringify(right.source),
    canDiff: groups.some(({ rows }) => rows.some((row) => row.diff !== null && row.differs)),
  };
}

/** Names of all notebooks of the two, in the order of the page's rows. */
export function notebookNames(left: ReadAttempt, right: ReadAttempt): readonly string[] {
  return [...new Set([...pathsByName(left).keys(), ...pathsByName(right).keys()])];
}

/** The notebooks of an attempt by name. */
export function pathsByName({ attempt }: Pick<ReadAttempt, 'attempt'>): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const path of notebooksOf(attempt)) {
    const name = notebookName(path);
    // Two folders may hold notebooks of one name: the second is then known by its path.
    paths.set(paths.has(name) ? path : name, path);
  }
  return paths;
}

export function pageTitle({ left, right }: Pick<Comparison, 'left' | 'right'>): string {
  return left.flow === right.flow
    ? `Compare attempts ${left.number} and ${right.number}`
    : `Compare ${left.flow} and ${right.flow}`;
}

function compared(read: ReadAttempt): ComparedAttempt {
  const { attempt, flow, report, source, texts } = read;
  const live = attempt.live;
  const ended = attempt.completedAt ?? live?.end?.completedAt ?? null;
  return {
    attemptId: attempt.attemptId,
    flowName: flow === null ? attempt.flowId : flowTitle(flow),
    status: live?.end?.status ?? attempt.status,
    startedAt: attempt.startedAt,
    durationSeconds:
      attempt.durationSeconds ??
      (ended === null ? null : Math.max(0, (ended.getTime() - attempt.startedAt.getTime()) / 1000)),
    validationPercentage: attempt.validationPercentage,
    iterations: attempt.iterations,
    trigger: triggerLabel(attempt.triggeredBy),
    error: errorOf(attempt),
    report,
    source,
    notebooks: [...pathsByName(read)].map(([name, path]) => ({ name, text: texts.get(path) ?? null })),
  };
}

function sideState({ attempt, flow }: ReadAttempt): SideState {
  return {
    attemptId: attempt.attemptId,
    number: attempt.attemptNumber,
    flow: flow === null ? attempt.flowId : flowTitle(flow),
    display: attemptDisplay(attempt.status, attempt.live),
  };
}

function rowState(row: ComparedRow, notebook: number | null): RowState {
  const both = row.left.kind === 'notebook' && row.right.kind === 'notebook';
  return {
    id: row.id,
    name: row.name,
    level: row.level ?? null,
    left: cell(row.id, row.left),
    right: cell(row.id, row.right),
    difference: differenceText(row.difference),
    differs: differs(row.difference),
    diff: both && differs(row.difference) ? notebook : null,
    notebook,
  };
}

const ABSENT: Readonly<Record<string, string>> = { error: 'None' };

function cell(row: string, value: Value): CellState {
  switch (value.kind) {
    case 'absent':
      return { kind: 'quiet', text: ABSENT[row] ?? (row.startsWith('notebook') ? 'Not written' : 'Not there') };
    case 'unset':
      return { kind: 'quiet', text: 'Not set' };
    case 'unknown':
      return { kind: 'quiet', text: 'Not recorded' };
    case 'hidden':
      return { kind: 'quiet', text: 'Hidden' };
    case 'text':
      return { kind: 'text', text: row === 'status' ? statusText(value.text) : value.text };
    case 'code':
      return { kind: 'code', text: value.text.slice(0, 12) };
    case 'error':
      return { kind: 'error', text: value.text };
    case 'number':
      return { kind: 'figure', text: String(value.amount) };
    case 'percentage':
      return { kind: 'figure', text: `${Math.round(value.amount)}%` };
    case 'seconds':
      return { kind: 'figure', text: formatDuration(value.amount) };
    case 'bytes':
      return { kind: 'figure', text: formatBytes(value.amount) };
    case 'instant':
      return { kind: 'instant', at: value.at.toISOString() };
    case 'levels':
      return { kind: 'levels', levels: value.levels };
    case 'components':
      return {
        kind: 'components',
        text: String(value.count),
        changes: value.changes.slice(0, CHANGES_SHOWN).map(changeState),
        more: Math.max(0, value.changes.length - CHANGES_SHOWN),
      };
    case 'notebook':
      return value.readable ? { kind: 'notebook' } : { kind: 'quiet', text: 'No longer there' };
  }
}

type ChangeState = Extract<CellState, { kind: 'components' }>['changes'][number];

function changeState({ sign, text, properties }: ComponentChange): ChangeState {
  return {
    sign,
    text,
    properties: properties.slice(0, PROPERTIES_SHOWN).map(({ name, before, after }) => {
      const [from, to] = differingParts(valueText(before), valueText(after));
      return { name, before: from, after: to };
    }),
    moreProperties: Math.max(0, properties.length - PROPERTIES_SHOWN),
  };
}

function valueText(value: SourceValue): string {
  if (value === null) {
    return 'not set';
  }
  return typeof value === 'string' ? (value === '' ? 'empty' : value) : 'hidden';
}

/** Of long values the lines from the first that differs: the beginning of a script that only grew says nothing. */
function differingParts(before: string, after: string): readonly [string, string] {
  if (before.length <= VALUE_LENGTH && after.length <= VALUE_LENGTH) {
    return [oneLine(before), oneLine(after)];
  }
  const [a, b] = [before.split(/\r?\n/), after.split(/\r?\n/)];
  const first = a.findIndex((line, index) => line !== b[index]);
  const start = first < 0 ? Math.min(a.length, b.length) : first;
  const part = (lines: readonly string[]): string => cut(oneLine(lines.slice(start).join('\n')), start > 0);
  return [part(a), part(b)];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function cut(text: string, startsLater: boolean): string {
  const end = text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH - 1)}…` : text;
  return startsLater ? `… ${end}` : end;
}

function statusText(status: string): string {
  switch (status) {
    case 'CREATING':
    case 'RUNNING':
    case 'SUCCESS':
    case 'FAILED':
    case 'CANCELLED':
      return attemptLook(attemptDisplay(status)).label;
    default:
      return status;
  }
}

/** `512 bytes`, `63.7 KB`, `1.2 MB`. */
function formatBytes(bytes: number): string {
  if (bytes < 1000) {
    return formatCount(bytes, 'byte');
  }
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A difference in words, with a sign where it has a direction. */
export function differenceText(difference: Difference): string {
  const sign = (value: number): string => (value < 0 ? '−' : '+');
  switch (difference.kind) {
    case 'same':
    case 'changed':
    case 'new':
    case 'gone':
      return difference.kind;
    case 'unknown':
      return 'not known';
    case 'amount':
      return `${sign(difference.delta)}${Math.abs(difference.delta)}`;
    case 'points':
      return `${sign(difference.delta)}${formatCount(Math.abs(difference.delta), 'point')}`;
    case 'seconds':
      return `${sign(difference.delta)}${formatDuration(Math.abs(difference.delta))}`;
    case 'bytes':
      return `${sign(difference.delta)}${formatBytes(Math.abs(difference.delta))}`;
    case 'later':
      return `${formatDuration(Math.abs(difference.seconds))} ${difference.seconds < 0 ? 'earlier' : 'later'}`;
    case 'moved':
      return `${difference.count} moved`;
    case 'changes':
      return formatCount(difference.count, 'change');
    case 'lines':
      return `+${difference.added} −${difference.removed} lines`;
  }
}
