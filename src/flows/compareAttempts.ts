/**
 * Two attempts side by side: what each was given, what it made of it, and where they differ. Attempts may be of
 * different flows. Pure; how a difference is worded is the views' matter.
 */
import { lineChanges } from './lineChanges';
import { levelCounts, type ConversionReport, type LevelCounts, type LevelName } from './conversionReport';
import type { AttemptStatus } from './model';

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
  /** In the order in which they were written. The text is null where it could not be read. */
  readonly notebooks: readonly { readonly name: string; readonly text: string | null }[];
}

export interface ComponentChange {
  readonly sign: '+' | '−' | '~';
  readonly text: string;
}

/** One side of a row. `absent` says that the attempt has none; `unknown`, that nobody recorded it. */
export type Value =
  | { readonly kind: 'absent' | 'unknown' | 'hidden' }
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
    { id: 'parameters', rows: parameters(left.report, right.report) },
    { id: 'levels', rows: levels(left.report, right.report) },
    { id: 'notebooks', rows: notebooks(left, right) },
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

const ABSENT: Value = { kind: 'absent' };
const UNKNOWN: Value = { kind: 'unknown' };

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
    componentsRow('processors', 'Processors', a, b, processorChanges),
    componentsRow('connections', 'Connections', a, b, (one, other) =>
      listChanges(one.connections.map(connectionText), other.connections.map(connectionText)),
    ),
    componentsRow('services', 'Services', a, b, (one, other) =>
      listChanges(one.services.map(serviceText), other.services.map(serviceText)),
    ),
  ];
}

function version({ report }: ComparedAttempt): string | null {
  return report?.converter_version ?? null;
}

/** Values are never recorded, so only names can be compared; of a sensitive parameter it is said that it is hidden. */
function parameters(left: ConversionReport | null, right: ConversionReport | null): readonly ComparedRow[] {
  if (left === null || right === null) {
    return [];
  }
  const byKey = (report: ConversionReport): ReadonlyMap<string, ConversionReport['parameters'][number]> =>
    new Map(report.parameters.map((one) => [`${one.context}: ${one.name}`, one]));
  const [a, b] = [byKey(left), byKey(right)];
  const value = (one: ConversionReport['parameters'][number] | undefined): Value =>
    one === undefined ? ABSENT : one.sensitive ? { kind: 'hidden' } : { kind: 'text', text: 'Declared' };
  return unionOf(a.keys(), b.keys()).map((key) => {
    const [one, other] = [a.get(key), b.get(key)];
    const same = one?.sensitive === other?.sensitive;
    const difference: Difference =
      one === undefined
        ? { kind: 'new' }
        : other === undefined
          ? { kind: 'gone' }
          : { kind: same ? 'same' : 'changed' };
    return { id: `parameter ${key}`, name: key, left: value(one), right: value(other), difference };
  });
}

const LEVELS: readonly (readonly [LevelName, string])[] = [
  ['converted', 'Converted'],
  ['assisted', 'Assisted'],
  ['manual', 'Manual'],
  ['notNeeded', 'Not needed'],
];

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

type Listed = 'processors' | 'connections' | 'services';

function componentsRow(
  id: Listed,
  name: string,
  left: ConversionReport | null,
  right: ConversionReport | null,
  compare: (left: ConversionReport, right: ConversionReport) => readonly ComponentChange[],
): ComparedRow {
  const changes = left === null || right === null ? [] : compare(left, right);
  const value = (report: ConversionReport | null, shown: readonly ComponentChange[]): Value =>
    report === null ? UNKNOWN : { kind: 'components', count: report[id].length, changes: shown };
  const difference: Difference =
    left === null || right === null
      ? { kind: 'unknown' }
      : changes.length === 0
        ? { kind: 'same' }
        : { kind: 'changes', count: changes.length };
  return { id, name, left: value(left, []), right: value(right, changes), difference };
}

type Processor = ConversionReport['processors'][number];

interface Matched {
  readonly both: readonly (readonly [Processor, Processor])[];
  readonly gone: readonly Processor[];
  readonly added: readonly Processor[];
}

/** By id; what remains by group, name and type, since an import gives everything new ids. */
function matchProcessors(left: ConversionReport, right: ConversionReport): Matched {
  const both: (readonly [Processor, Processor])[] = [];
  let [gone, added] = [[...left.processors], [...right.processors]];
  for (const keyOf of [
    (one: Processor) => one.id,
    (one: Processor) => JSON.stringify([one.group, one.name, one.type]),
  ]) {
    const waiting = new Map<string, Processor[]>();
    for (const one of added) {
      const key = keyOf(one);
      waiting.set(key, [...(waiting.get(key) ?? []), one]);
    }
    const taken = new Set<Processor>();
    gone = gone.filter((one) => {
      const key = keyOf(one);
      const match = key === '' ? undefined : waiting.get(key)?.shift();
      if (match !== undefined) {
        taken.add(match);
        both.push([one, match]);
      }
      return match === undefined;
    });
    added = added.filter((one) => !taken.has(one));
  }
  return { both, gone, added };
}

function processorChanges(left: ConversionReport, right: ConversionReport): readonly ComponentChange[] {
  const { both, gone, added } = matchProcessors(left, right);
  return [
    ...added.map((one): ComponentChange => ({ sign: '+', text: processorText(one) })),
    ...both.flatMap(([one, other]): ComponentChange[] => {
      const what = aspects(one, other);
      return what.length === 0 ? [] : [{ sign: '~', text: `${one.name}: ${what.join(', ')}` }];
    }),
    ...gone.map((one): ComponentChange => ({ sign: '−', text: processorText(one) })),
  ];
}

function aspects(one: Processor, other: Processor): readonly string[] {
  return [
    ...(one.name === other.name ? [] : [`now ${other.name}`]),
    ...(one.type === other.type ? [] : [`${shortType(one.type)} to ${shortType(other.type)}`]),
    ...(one.group === other.group ? [] : [`moved to ${other.group === '' ? 'the top' : other.group}`]),
    ...(one.level === other.level ? [] : [`${levelName(one.level)} to ${levelName(other.level)}`]),
    ...(one.level === other.level && one.reason !== other.reason ? ['converted in another way'] : []),
  ];
}

function levelName(level: LevelName): string {
  return (LEVELS.find(([name]) => name === level)?.[1] ?? level).toLowerCase();
}

function processorText(one: Processor): string {
  return `${one.name} (${shortType(one.type)})`;
}

function shortType(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

function connectionText(one: ConversionReport['connections'][number]): string {
  return `${one.from} → ${one.to}${one.relationships.length === 0 ? '' : ` (${one.relationships.join(', ')})`}`;
}

function serviceText(one: ConversionReport['services'][number]): string {
  return `${one.name} (${shortType(one.type)})`;
}

/** Two lists of texts in which one may stand several times. */
function listChanges(left: readonly string[], right: readonly string[]): readonly ComponentChange[] {
  const counts = new Map<string, number>();
  left.forEach((text) => counts.set(text, (counts.get(text) ?? 0) - 1));
  right.forEach((text) => counts.set(text, (counts.get(text) ?? 0) + 1));
  const entries = [...counts].flatMap(([text, count]): ComponentChange[] =>
    Array.from({ length: Math.abs(count) }, () => ({ sign: count > 0 ? ('+' as const) : ('−' as const), text })),
  );
  return entries.sort((a, b) => (a.sign === b.sign ? 0 : a.sign === '+' ? -1 : 1));
}

/** Both, in the order of the first and then of the second, each once. */
function unionOf(left: Iterable<string>, right: Iterable<string>): readonly string[] {
  return [...new Set([...left, ...right])];
}
