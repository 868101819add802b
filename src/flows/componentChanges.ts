/**
 * What differs between two flows, component by component: from the reports of two attempts, and from the copies of their
 * flows where both were kept. Pure.
 */
import type { ConversionReport, LevelName } from './conversionReport';
import { matched, type Matched } from './matching';
import { propertyChanges, type PropertyChange, type SourceComponent, type SourceCopy } from './sourceCopy';

export interface ComponentChange {
  readonly sign: '+' | '−' | '~';
  readonly text: string;
  /** Properties and settings that differ; none where the flows were not kept. */
  readonly properties: readonly PropertyChange[];
}

/** What is known of the flow of an attempt. */
export interface KnownFlow {
  readonly report: ConversionReport;
  readonly source: SourceCopy | null;
}

type Processor = ConversionReport['processors'][number];

export const LEVELS: readonly (readonly [LevelName, string])[] = [
  ['converted', 'Converted'],
  ['assisted', 'Assisted'],
  ['manual', 'Manual'],
  ['notNeeded', 'Not needed'],
];

interface Named {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  readonly type: string;
}

/** By id; what remains by group, name and type, since an import gives everything new ids. */
const COMPONENT_KEYS: readonly ((one: Named) => string)[] = [
  ({ id }) => id,
  ({ group, name, type }) => JSON.stringify([group, name, type]),
];

export function matchProcessors(left: ConversionReport, right: ConversionReport): Matched<Processor> {
  return matched(left.processors, right.processors, COMPONENT_KEYS);
}

export function processorChanges(left: KnownFlow, right: KnownFlow): readonly ComponentChange[] {
  const copies = [copiesOf(left.source), copiesOf(right.source)] as const;
  return changesOf(matchProcessors(left.report, right.report), aspects, (one, other) => {
    const [before, after] = [copies[0]?.get(keyOf(one)), copies[1]?.get(keyOf(other))];
    return before === undefined || after === undefined ? [] : propertyChanges(before, after);
  });
}

export function serviceChanges(left: KnownFlow, right: KnownFlow): readonly ComponentChange[] {
  return left.source !== null && right.source !== null
    ? sourceChanges(left.source, right.source, ['service'])
    : listChanges(left.report.services.map(typed), right.report.services.map(typed));
}

export function connectionChanges(left: KnownFlow, right: KnownFlow): readonly ComponentChange[] {
  return left.source !== null && right.source !== null
    ? listChanges(left.source.connections.map(connectionText), right.source.connections.map(connectionText))
    : listChanges(left.report.connections.map(connectionText), right.report.connections.map(connectionText));
}

/** What stands around processors and services: groups with their variables, ports, remote groups. */
export const SURROUNDINGS: readonly string[] = ['process group', 'input port', 'output port', 'remote process group'];

export function surroundingChanges(left: SourceCopy, right: SourceCopy): readonly ComponentChange[] {
  return sourceChanges(left, right, SURROUNDINGS);
}

function sourceChanges(left: SourceCopy, right: SourceCopy, kinds: readonly string[]): readonly ComponentChange[] {
  const of = (copy: SourceCopy): readonly SourceComponent[] =>
    copy.components.filter(({ kind }) => kinds.includes(kind));
  const components = matched(of(left), of(right), [
    ({ kind, id }) => (id === '' ? '' : `${kind} ${id}`),
    ({ kind, ...one }) => JSON.stringify([kind, one.group, one.name, one.type]),
  ]);
  return changesOf(components, nameAspects, propertyChanges);
}

/** What came, what changed, what went. */
function changesOf<T extends Named & { readonly kind?: string }>(
  { both, gone, added }: Matched<T>,
  aspectsOf: (one: T, other: T) => readonly string[],
  propertiesOf: (one: T, other: T) => readonly PropertyChange[],
): readonly ComponentChange[] {
  return [
    ...added.map((one) => change('+', typed(one))),
    ...both.flatMap(([one, other]): ComponentChange[] => {
      const what = aspectsOf(one, other);
      const properties = propertiesOf(one, other);
      if (what.length === 0 && properties.length === 0) return [];
      return [change('~', what.length === 0 ? one.name : `${one.name}: ${what.join(', ')}`, properties)];
    }),
    ...gone.map((one) => change('−', typed(one))),
  ];
}

function copiesOf(source: SourceCopy | null): ReadonlyMap<string, SourceComponent> | null {
  return source === null
    ? null
    : new Map(source.components.filter(({ kind }) => kind === 'processor').map((one) => [keyOf(one), one]));
}

/** Ids may repeat in a template; the report keeps names on one line. */
function keyOf({ id, name, type }: Omit<Named, 'group'>): string {
  return JSON.stringify([id, name.replace(/\s+/g, ' ').trim(), type]);
}

function change(
  sign: ComponentChange['sign'],
  text: string,
  properties: readonly PropertyChange[] = [],
): ComponentChange {
  return { sign, text, properties };
}

function nameAspects(one: Named, other: Named): readonly string[] {
  return [
    ...(one.name === other.name ? [] : [`now ${other.name}`]),
    ...(one.type === other.type ? [] : [`${shortType(one.type)} to ${shortType(other.type)}`]),
    ...(one.group === other.group ? [] : [`moved to ${other.group === '' ? 'the top' : other.group}`]),
  ];
}

function aspects(one: Processor, other: Processor): readonly string[] {
  return [
    ...nameAspects(one, other),
    ...(one.level === other.level ? [] : [`${levelName(one.level)} to ${levelName(other.level)}`]),
    ...(one.level === other.level && one.reason !== other.reason ? ['converted in another way'] : []),
  ];
}

function levelName(level: LevelName): string {
  return (LEVELS.find(([name]) => name === level)?.[1] ?? level).toLowerCase();
}

function typed({
  name,
  type,
  kind = '',
}: {
  readonly name: string;
  readonly type: string;
  readonly kind?: string;
}): string {
  return `${name} (${type === '' ? kind : shortType(type)})`;
}

function shortType(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

function connectionText(one: {
  readonly from: string;
  readonly to: string;
  readonly relationships: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
}): string {
  const settings = Object.entries(one.settings ?? {}).map(([name, value]) => `${name.toLowerCase()} ${value}`);
  const facts = [...one.relationships, ...settings].join(', ');
  return `${one.from} → ${one.to}${facts === '' ? '' : ` (${facts})`}`;
}

/** Two lists of texts in which one may stand several times. */
function listChanges(left: readonly string[], right: readonly string[]): readonly ComponentChange[] {
  const counts = new Map<string, number>();
  left.forEach((text) => counts.set(text, (counts.get(text) ?? 0) - 1));
  right.forEach((text) => counts.set(text, (counts.get(text) ?? 0) + 1));
  const entries = [...counts].flatMap(([text, count]): ComponentChange[] =>
    Array.from({ length: Math.abs(count) }, () => change(count > 0 ? '+' : '−', text)),
  );
  return entries.sort((a, b) => (a.sign === b.sign ? 0 : a.sign === '+' ? -1 : 1));
}
