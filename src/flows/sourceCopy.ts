/**
 * The copy of the flow that the shipped agent leaves beside its report (docs/conversion_report.md): by component, without
 * secrets. Pure.
 */
import * as z from 'zod/mini';

export const SOURCE_FILE = 'conversion_source.json';

const text = z._default(z.string(), '');
/** Null: not set. A secret's value is nowhere. */
const valueSchema = z.nullable(z.union([z.string(), z.object({ secret: z.literal(true) })]));
export type SourceValue = z.infer<typeof valueSchema>;

const componentSchema = z.object({
  kind: z.string(),
  id: text,
  name: text,
  type: text,
  group: text,
  settings: z._default(z.record(z.string(), z.string()), {}),
  properties: z._default(z.record(z.string(), valueSchema), {}),
});
export type SourceComponent = z.infer<typeof componentSchema>;

const connectionSchema = z.object({
  group: text,
  from: text,
  relationships: z._default(z.array(z.string()), []),
  to: text,
  settings: z._default(z.record(z.string(), z.string()), {}),
});

const sourceSchema = z.object({
  version: z.literal(1),
  components: z.array(componentSchema),
  connections: z._default(z.array(connectionSchema), []),
  parameters: z._default(z.array(z.object({ context: text, name: text, value: valueSchema })), []),
});
export type SourceCopy = z.infer<typeof sourceSchema>;

/** Null where the text is none, or one of a form that this version does not know. */
export function parseSourceCopy(content: string): SourceCopy | null {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return null;
  }
  const parsed = z.safeParse(sourceSchema, value);
  return parsed.success ? parsed.data : null;
}

/** One property or setting that differs; null: not there, or not set. */
export interface PropertyChange {
  readonly name: string;
  readonly before: SourceValue;
  readonly after: SourceValue;
}

/** Properties first, then how NiFi runs the component. What is secret on both sides is not known to differ. */
export function propertyChanges(
  before: Pick<SourceComponent, 'properties' | 'settings'>,
  after: Pick<SourceComponent, 'properties' | 'settings'>,
): readonly PropertyChange[] {
  return [
    ...recordChanges(before.properties, after.properties),
    ...recordChanges<SourceValue>(before.settings, after.settings),
  ];
}

function recordChanges<T extends SourceValue>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): readonly PropertyChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((name) => ({ name, before: before[name] ?? null, after: after[name] ?? null }))
    .filter((change) => !sameValue(change.before, change.after));
}

export function sameValue(one: SourceValue, other: SourceValue): boolean {
  return isSecret(one) ? isSecret(other) : one === other;
}

export function isSecret(value: SourceValue): boolean {
  return typeof value === 'object' && value !== null;
}
