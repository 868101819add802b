/** What the messages between pages and their hosts have in common: each is parsed once, where it arrives. */
import * as z from 'zod/mini';

export const text = z.string();
export const count = z.int().check(z.nonnegative());
/** Of a flow or an attempt. */
export const idText = z.string().check(z.minLength(1), z.maxLength(200));
/** Processors by what became of them. */
export const levelCounts = z.object({ converted: count, assisted: count, manual: count, notNeeded: count });

/** Null for what this version does not understand. */
export function parserOf<T>(schema: z.ZodMiniType<T>): (value: unknown) => T | null {
  return (value) => {
    const parsed = z.safeParse(schema, value);
    return parsed.success ? parsed.data : null;
  };
}
