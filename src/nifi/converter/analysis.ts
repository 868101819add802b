/** A description tied to the parts of the document that it was made of. It outlives edits: parts are known by key. */
import type { Component, Connection, FlowDocument, Processor } from '../document/model';
import type {
  DescribedComponent,
  DescribedExpression,
  DescribedProperty,
  DescribedType,
  Finding,
  ReadDescription,
} from './description';

type Placed = Component | Connection;

/** A finding with the part that it is about; null: a parameter context's, or of a part that was not found. */
export interface PlacedFinding extends Finding {
  readonly part: string | null;
}

/**
 * What names a part for as long as the document is open: its kind, its group's id and its own id. Repeated ones are
 * counted in the order of the document.
 */
export function partKeys(document: FlowDocument): ReadonlyMap<Placed, string> {
  const counts = new Map<string, number>();
  const keys = new Map<Placed, string>();
  for (const part of [...document.processors, ...document.services, ...document.connections]) {
    const key = `${part.kind} ${document.groups[part.group]?.id ?? ''} ${part.id}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    keys.set(part, count === 0 ? key : `${key} ${count}`);
  }
  return keys;
}

export class Analysis {
  readonly findings: readonly PlacedFinding[];
  private readonly components = new Map<string, DescribedComponent>();

  constructor(
    readonly description: ReadDescription,
    document: FlowDocument,
    text: string,
  ) {
    const find = placeFinder(document, text);
    const keys = partKeys(document);
    for (const component of description.components) {
      const part = find(component);
      const key = part === null ? undefined : keys.get(part);
      if (key !== undefined) this.components.set(key, component);
    }
    this.findings = description.findings.map((finding) => {
      const part = find(finding);
      return { ...finding, part: part === null ? null : (keys.get(part) ?? null) };
    });
  }

  component(key: string | undefined): DescribedComponent | null {
    return key === undefined ? null : (this.components.get(key) ?? null);
  }

  type(component: DescribedComponent | null): DescribedType | null {
    return component === null ? null : (this.description.types[component.type] ?? null);
  }

  /** What NiFi declares of a property, by the document's key. */
  property(component: DescribedComponent | null, key: string): DescribedProperty | null {
    const name = component?.keys[key] ?? key;
    return this.type(component)?.properties.find((one) => one.name === name) ?? null;
  }

  expressions(component: DescribedComponent | null, property: string): readonly DescribedExpression[] {
    return component?.expressions.filter((one) => one.property === property) ?? [];
  }

  findingsOf(key: string | undefined): readonly PlacedFinding[] {
    return key === undefined ? [] : this.findings.filter((one) => one.part === key);
  }
}

/** Finds parts by the line on which they begin; where several do, by id and then by the nearest column. */
function placeFinder(
  document: FlowDocument,
  text: string,
): (place: { readonly id: string; readonly line: number | null; readonly column: number | null }) => Placed | null {
  const parts: readonly Placed[] = [...document.processors, ...document.services, ...document.connections];
  const sorted = [...parts].sort((a, b) => a.span.start - b.span.start);
  const byLine = new Map<number, { readonly part: Placed; readonly column: number }[]>();
  let line = 1;
  let lineStart = 0;
  for (const part of sorted) {
    for (let at = text.indexOf('\n', lineStart); at >= 0 && at < part.span.start; at = text.indexOf('\n', lineStart)) {
      line += 1;
      lineStart = at + 1;
    }
    const here = byLine.get(line) ?? [];
    here.push({ part, column: part.span.start - lineStart + 1 });
    byLine.set(line, here);
  }
  return ({ id, line: wanted, column }) => {
    const here = wanted === null ? [] : (byLine.get(wanted) ?? []);
    const distance = (one: { readonly column: number }): number => Math.abs(one.column - (column ?? 1));
    const named = here.filter(({ part }) => part.id !== '' && id.startsWith(part.id));
    const [best] = (named.length > 0 ? named : here).toSorted((a, b) => distance(a) - distance(b));
    return best?.part ?? null;
  };
}

/** How many processors of each level, most advanced first; of those that are given. */
export function countLevels<L extends string>(
  processors: readonly Processor[],
  levelOf: (type: string) => L,
): ReadonlyMap<L, number> {
  const counts = new Map<L, number>();
  for (const { type } of processors) {
    const level = levelOf(type?.text ?? '');
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  return counts;
}
