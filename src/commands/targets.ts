/**
 * What a command was called on. Calls come from rows of the tree (the row, then all selected rows), from links, from
 * other extensions and from the palette (nothing), so arguments are parsed and never trusted.
 */
import * as z from 'zod/mini';

const targetSchema = z.object({ flowId: z.string(), attemptId: z.optional(z.string()) });
const groupSchema = z.object({ kind: z.literal('group'), groupKey: z.string() });

/** A flow, or one attempt of it. */
export interface Target {
  readonly flowId: string;
  readonly attemptId?: string;
}

function one(value: unknown): Target[] {
  if (typeof value === 'string' && value !== '') {
    return [{ flowId: value }];
  }
  const parsed = z.safeParse(targetSchema, value);
  if (!parsed.success) {
    return [];
  }
  const { flowId, attemptId } = parsed.data;
  return [attemptId === undefined ? { flowId } : { flowId, attemptId }];
}

/** The flows and attempts that a command was called on, each once; empty where it was called on nothing. */
export function targetsOf(args: readonly unknown[]): readonly Target[] {
  const [first, all] = args;
  const values: readonly unknown[] =
    Array.isArray(all) && all.length > 0 ? all : Array.isArray(first) ? first : [first];
  const seen = new Map<string, Target>();
  for (const target of values.flatMap(one)) {
    seen.set(target.attemptId ?? `flow ${target.flowId}`, target);
  }
  return [...seen.values()];
}

/** The keys of the groups among the rows that a command was called on. */
export function groupKeysOf(args: readonly unknown[]): readonly string[] {
  const [first, all] = args;
  const values: readonly unknown[] = Array.isArray(all) && all.length > 0 ? all : [first];
  return values.flatMap((value) => {
    const parsed = z.safeParse(groupSchema, value);
    return parsed.success ? [parsed.data.groupKey] : [];
  });
}

/** The ids of the flows, each once, in the order of the targets. */
export function flowIdsOf(targets: readonly Target[]): readonly string[] {
  return [...new Set(targets.map((target) => target.flowId))];
}
