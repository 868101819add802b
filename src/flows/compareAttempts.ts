/**
 * Two attempts side by side: what each was given, what it made of it, and where they differ. Attempts may be of
 * different flows. Pure; how a difference is worded is the views' matter.
 */
import {
  connectionChanges,
  LEVELS,
  matchProcessors,
  processorChanges,
  serviceChanges,
  surroundingChanges,
  SURROUNDINGS,
  type ComponentChange,
  type KnownFlow,
} from './componentChanges';
import { levelCounts, type ConversionReport, type LevelCounts, type LevelName } from './conversionReport';
import { lineChanges } from './lineChanges';
import type { AttemptStatus } from './model';
import { isSecret, sameValue, type SourceCopy, type SourceValue } from './sourceCopy';

/** What is known of one attempt. */
export interface ComparedAttempt {
  readonly attemptId: string;
  readonly flowName: string;
  readonly status: AttemptStatus;
  readonly startedAt: Date;
  readonly durationSeconds: number | null;
  readonly validationPercentage: number | null;
  readonly iterations: number | null;
  readonly trigger: string | null;
  readonly error: string | null;
  /** Null where the attempt left no report. */
  readonly report: ConversionReport | null;
  /** The flow as it was converted; null where no copy was kept. */
  readonly source: SourceCopy | null;
  /** In the order in which they were written. The text is null where it could not be read. */
  readonly notebooks: readonly { readonly name: string; readonly text: string | null }[];
}

/** One side of a row. `absent`: the attempt has none; `unset`: it has one without a value; `unknown`: nobody recorded it. */
export type Value =
  | { readonly kind: 'absent' | 'unset' | 'unknown' | 'hidden' }
  | { readonly kind: 'text' | 'code' | 'error'; readonly text: string }
  | { readonly kind: 'number' | 'percentage' | 'seconds' | 'bytes'; readonly amount: number }
  | { readonly kind: 'instant'; readonly at: Date }
  | { readonly kind: 'levels'; readonly levels: LevelCounts }
  | { readonly kind: 'components'; readonly count: number; readonly changes: readonly ComponentChange[] }
  | { readonly kind: 'notebook'; readonly readable: boolean };

export type Difference =
  | { readonly kind: 'same' | 'changed' | 'new' | 'gone' | 'unknown' }
  | { readonly kind: 'amount' | 'points' | 'seconds' | 'bytes'; readonly delta: number }
  | { readonly kind: 'later'; readonly seconds: number }
  | { readonly kind: 'moved' | 'changes'; readonly count: number }
  | { readonly kind: 'lines'; readonly added: number; readonly removed: number };

export interface ComparedRow {
  readonly id: string;
  readonly name: string;
  readonly level?: LevelName;
  readonly left: Value;
  readonly right: Value;
  readonly difference: Difference;
}

export const GROUP_IDS = ['outcome', 'source', 'converter', 'parameters', 'levels', 'notebooks'] as const;
export type GroupId = (typeof GROUP_IDS)[number];

export interface ComparedGroup {
  readonly id: GroupId;
  readonly rows: readonly ComparedRow[];
}

/** Whether a row shows a difference. What nobody recorded is none. */
export function differs(difference: Difference): boolean {
  return difference.kind !== 'same' && difference.kind !== 'unknown';
}

/** All rows in their groups; groups that hold nothing are left out. */
export function compareAttempts(left: ComparedAttempt, right: ComparedAttempt): readonly ComparedGroup[] {
  const groups: readonly ComparedGroup[] = [
    { id: 'outcome', rows: outcome(left, right) },
    { id: 'source', rows: source(left, right) },
    { id: 'converter', rows: [textRow('version', 'Version', version(left), version(right))] },
    { id: 'parameters', rows: parameters(left, right) },
    { id: 'levels', rows: levels(left.report, right.report) },
    { id: 'notebooks', rows: notebooks(left, right) },
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

const ABSENT: Value = { kind: 'absent' };
const UNKNOWN: Value = { kind: 'unknown' };
const HIDDEN: Value = { kind: 'hidden' };

function outcome(left: ComparedAttempt, right: ComparedAttempt): readonly ComparedRow[] {
  const rows: ComparedRow[] = [];
  if (left.flowName !== right.flowName) {
    rows.push(textRow('flow', 'Flow', left.flowName, right.flowName));
  }
  rows.push(
    textRow('status', 'Status', left.status, right.status),
    {
      id: 'start',
      name: 'Start',
      left: { kind: 'instant', at: left.startedAt },
      right: { kind: 'instant', at: right.startedAt },
      difference: { kind: 'later', seconds: (right.startedAt.getTime() - left.startedAt.getTime()) / 1000 },
    },
    amountRow('duration', 'Duration', 'seconds', left.durationSeconds, right.durationSeconds),
    amountRow('validation', 'Validation', 'percentage', left.validationPercentage, right.validationPercentage),
    amountRow('iterations', 'Iterations', 'number', left.iterations, right.iterations),
    textRow('trigger', 'Trigger', left.trigger, right.trigger),
    {
      id: 'error',
      name: 'Error',
      left: left.error === null ? ABSENT : { kind: 'error', text: left.error },
      right: right.error === null ? ABSENT : { kind: 'error', text: right.error },
      difference: presence(left.error, right.error),
    },
  );
  return rows;
}

function source(left: ComparedAttempt, right: ComparedAttempt): readonly ComparedRow[] {
  const [a, b] = [left.report, right.report];
  if (a === null && b === null) {
    return [{ id: 'report', name: 'Report', left: UNKNOWN, right: UNKNOWN, difference: { kind: 'unknown' } }];
  }
  return [
    textRow('file', 'File', a?.source?.name, b?.source?.name),
    textRow('hash', 'Hash', a?.source?.sha256, b?.source?.sha256, 'code'),
    amountRow('size', 'Size', 'bytes', a?.source?.size ?? null, b?.source?.size ?? null),
    textRow('nifi', 'NiFi', a?.source?.nifi_version, b?.source?.nifi_version),
    componentsRow('processors', 'Processors', left, right, (one) => one.report.processors.length, processorChanges),
    componentsRow('connections', 'Connections', left, right, (one) => one.report.connections.length, connectionChanges),
    componentsRow('services', 'Services', left, right, (one) => one.report.services.length, serviceChanges),
    ...surroundings(left, right),
  ];
}

/** Known only where the flows themselves were kept. */
function surroundings(left: ComparedAttempt, right: ComparedAttempt): readonly ComparedRow[] {
  const [a, b] = [left.source, right.source];
  if (a === null || b === null) {
    return [];
  }
  const count = (copy: SourceCopy): number => copy.components.filter(({ kind }) => SURROUNDINGS.includes(kind)).length;
  return [
    componentsRow(
      'surroundings',
      'Groups and ports',
      left,
      right,
      ({ source: copy }) => (copy === null ? 0 : count(copy)),
      () => surroundingChanges(a, b),
    ),
  ];
}

function version({ report }: ComparedAttempt): string | null {
  return report?.converter_version ?? null;
}

/** With their values where the flows were kept, else by name alone; of a sensitive one it is said that it is hidden. */
function parameters(left: ComparedAttempt, right: ComparedAttempt): readonly ComparedRow[] {
  if (left.source !== null && right.source !== null) {
    return parameterRows(parameterValues(left.source), parameterValues(right.source));
  }
  return left.report === null || right.report === null
    ? []
    : parameterRows(declaredParameters(left.report), declaredParameters(right.report));
}

interface ParameterCell {
  readonly shown: Value;
  readonly value: SourceValue;
}

function parameterValues({ parameters: all }: SourceCopy): ReadonlyMap<string, ParameterCell> {
  return new Map(
    all.map(({ context, name, value }) => [`${context}: ${name}`, { shown: parameterValue(value), value }]),
  );
}

function parameterValue(value: SourceValue): Value {
  if (isSecret(value)) {
    return HIDDEN;
  }
  return typeof value === 'string' ? { kind: 'text', text: value } : { kind: 'unset' };
}

function declaredParameters(report: ConversionReport): ReadonlyMap<string, ParameterCell> {
  return new Map(
    report.parameters.map(({ context, name, sensitive }) => [
      `${context}: ${name}`,
      sensitive ? { shown: HIDDEN, value: { secret: true } } : { shown: { kind: 'text', text: 'Declared' }, value: '' },
    ]),
  );
}

function parameterRows(
  left: ReadonlyMap<string, ParameterCell>,
  right: ReadonlyMap<string, ParameterCell>,
): readonly ComparedRow[] {
  return unionOf(left.keys(), right.keys()).map((key) => {
    const [one, other] = [left.get(key), right.get(key)];
    const difference: Difference =
      one === undefined
        ? { kind: 'new' }
        : other === undefined
          ? { kind: 'gone' }
          : { kind: sameValue(one.value, other.value) ? 'same' : 'changed' };
    return {
      id: `parameter ${key}`,
      name: key,
      left: one?.shown ?? ABSENT,
      right: other?.shown ?? ABSENT,
      difference,
    };
  });
}

function levels(left: ConversionReport | null, right: ConversionReport | null): readonly ComparedRow[] {
  if (left === null && right === null) {
    return [];
  }
  const a = left === null ? null : levelCounts(left.processors);
  const b = right === null ? null : levelCounts(right.processors);
  const moved =
    left === null || right === null
      ? null
      : matchProcessors(left, right).both.filter(([one, other]) => one.level !== other.level).length;
  const all: ComparedRow = {
    id: 'levels',
    name: 'All',
    left: a === null ? UNKNOWN : { kind: 'levels', levels: a },
    right: b === null ? UNKNOWN : { kind: 'levels', levels: b },
    difference:
      moved === null || a === null || b === null
        ? { kind: 'unknown' }
        : moved > 0
          ? { kind: 'moved', count: moved }
          : { kind: LEVELS.every(([level]) => a[level] === b[level]) ? 'same' : 'changed' },
  };
  return [
    all,
    ...LEVELS.map(([level, name]) => ({
      ...amountRow(`level ${level}`, name, 'number', a?.[level] ?? null, b?.[level] ?? null),
      level,
    })),
  ];
}

function notebooks(left: ComparedAttempt, right: ComparedAttempt): readonly ComparedRow[] {
  const a = new Map(left.notebooks.map((one) => [one.name, one]));
  const b = new Map(right.notebooks.map((one) => [one.name, one]));
  const value = (one: { readonly text: string | null } | undefined): Value =>
    one === undefined ? ABSENT : { kind: 'notebook', readable: one.text !== null };
  return unionOf(a.keys(), b.keys()).map((name) => {
    const [one, other] = [a.get(name), b.get(name)];
    return {
      id: `notebook ${name}`,
      name,
      left: value(one),
      right: value(other),
      difference: textDifference(one, other),
    };
  });
}

type NotebookText = ComparedAttempt['notebooks'][number] | undefined;

function textDifference(left: NotebookText, right: NotebookText): Difference {
  if (left === undefined || right === undefined) {
    return { kind: left === undefined ? 'new' : 'gone' };
  }
  if (left.text === null || right.text === null) {
    return { kind: 'unknown' };
  }
  if (left.text === right.text) {
    return { kind: 'same' };
  }
  const changed = lineChanges(left.text, right.text);
  return changed === null ? { kind: 'changed' } : { kind: 'lines', ...changed };
}

function textRow(
  id: string,
  name: string,
  left: string | null | undefined,
  right: string | null | undefined,
  kind: 'text' | 'code' = 'text',
): ComparedRow {
  const value = (text: string | null | undefined): Value => (isPresent(text) ? { kind, text } : UNKNOWN);
  const known = isPresent(left) && isPresent(right);
  const difference: Difference = { kind: known ? (left === right ? 'same' : 'changed') : 'unknown' };
  return { id, name, left: value(left), right: value(right), difference };
}

function isPresent(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== '';
}

const DELTAS = { number: 'amount', percentage: 'points', seconds: 'seconds', bytes: 'bytes' } as const;

function amountRow(
  id: string,
  name: string,
  kind: keyof typeof DELTAS,
  left: number | null,
  right: number | null,
): ComparedRow {
  const value = (amount: number | null): Value => (amount === null ? UNKNOWN : { kind, amount });
  const delta = left === null || right === null ? null : right - left;
  const difference: Difference =
    delta === null ? { kind: 'unknown' } : delta === 0 ? { kind: 'same' } : { kind: DELTAS[kind], delta };
  return { id, name, left: value(left), right: value(right), difference };
}

function presence(left: string | null, right: string | null): Difference {
  if (left === right) {
    return { kind: 'same' };
  }
  return { kind: left === null ? 'new' : right === null ? 'gone' : 'changed' };
}

type Change = (left: KnownFlow, right: KnownFlow) => readonly ComponentChange[];

function componentsRow(
  id: string,
  name: string,
  left: ComparedAttempt,
  right: ComparedAttempt,
  count: (known: KnownFlow) => number,
  compare: Change,
): ComparedRow {
  const [a, b] = [knownFlow(left), knownFlow(right)];
  const changes = a === null || b === null ? [] : compare(a, b);
  const value = (known: KnownFlow | null, shown: readonly ComponentChange[]): Value =>
    known === null ? UNKNOWN : { kind: 'components', count: count(known), changes: shown };
  const difference: Difference =
    a === null || b === null
      ? { kind: 'unknown' }
      : changes.length === 0
        ? { kind: 'same' }
        : { kind: 'changes', count: changes.length };
  return { id, name, left: value(a, []), right: value(b, changes), difference };
}

function knownFlow({ report, source: copy }: ComparedAttempt): KnownFlow | null {
  return report === null ? null : { report, source: copy };
}

/** Both, in the order of the first and then of the second, each once. */
function unionOf(left: Iterable<string>, right: Iterable<string>): readonly string[] {
  return [...new Set([...left, ...right])];
}
