/** Which things of an older list are the same as which of a newer one. */

export interface Matched<T> {
  readonly both: readonly (readonly [T, T])[];
  readonly gone: readonly T[];
  readonly added: readonly T[];
}

/** By the first key that finds a partner; things with an empty key have none by it. Each is matched once, in its order. */
export function matched<T>(
  older: readonly T[],
  newer: readonly T[],
  keys: readonly ((one: T) => string)[],
): Matched<T> {
  const both: (readonly [T, T])[] = [];
  let [gone, added] = [[...older], [...newer]];
  for (const keyOf of keys) {
    const waiting = new Map<string, T[]>();
    for (const one of added) {
      const key = keyOf(one);
      waiting.set(key, [...(waiting.get(key) ?? []), one]);
    }
    const taken = new Set<T>();
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
