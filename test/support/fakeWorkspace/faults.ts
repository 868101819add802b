/** Faults on demand, put into the HTTP layer: the client under test meets them as it would meet real ones. */

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly retryAfterSeconds?: number }
  /** The connection breaks and nothing was done. */
  | { readonly kind: 'cutBefore' }
  /** It was done, but the answer is lost. */
  | { readonly kind: 'cutAfter' }
  | { readonly kind: 'slow'; readonly milliseconds: number };

export interface FaultRule {
  /** Which requests: "POST /api/2.2/jobs/create", or a regular expression over that. */
  readonly on: string | RegExp;
  readonly fault: Fault;
  /** How many requests it hits; default 1. */
  readonly times?: number;
  /** Chance per matching request, drawn from the plan's own generator; default 1. */
  readonly chance?: number;
}

/** A generator with a seed (mulberry32), so that a chaotic test can be run again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class FaultPlan {
  private rules: { rule: FaultRule; left: number }[] = [];

  constructor(private readonly random: () => number = seeded(1)) {}

  add(rule: FaultRule): void {
    this.rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.rules = [];
  }

  /** The fault for this request, which is then used up once. */
  take(method: string, path: string): Fault | null {
    const name = `${method} ${path}`;
    for (const entry of this.rules) {
      const { on, chance = 1 } = entry.rule;
      const matches = typeof on === 'string' ? on === name : on.test(name);
      if (matches && entry.left > 0 && this.random() < chance) {
        entry.left--;
        return entry.rule.fault;
      }
    }
    return null;
  }
}
