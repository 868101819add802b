/** Faults on demand. They come from the fake's own layers, so that what is tested meets them as it would meet real ones. */
import type { EngineError } from './engineError';

/** What befalls a request, on its "METHOD /path". */
export type HttpFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      /** Headers of the answer, in lower case. */
      readonly headers?: Readonly<Record<string, string>>;
      readonly retryAfterSeconds?: number;
    }
  /** The connection breaks and nothing was done. */
  | { readonly kind: 'cutBefore' }
  /** It was done, but the answer is lost. */
  | { readonly kind: 'cutAfter' }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** The request's token is refused from now on. */
  | { readonly kind: 'tokenExpires' }
  /** The warehouse stops, and every session with it; the request itself goes on. */
  | { readonly kind: 'warehouseStops' };

/** What a statement ends with in the engine's place, on its text. Nothing was committed. */
export type StatementFault = EngineError;

/** What befalls a run, on its job's name. */
export type RunFault =
  /** No machine comes: the run waits, and after so long the platform gives it up (Infinity: never). */
  | { readonly kind: 'clusterNeverStarts'; readonly givenUpAfterMs: number }
  /** The machine dies so long after the notebook's process began. */
  | { readonly kind: 'agentDies'; readonly afterMs: number }
  /** The notebook ends well and has told nobody. */
  | { readonly kind: 'agentNeverReports' };

export interface FaultRule<F> {
  /** Which it hits: a whole name, or a regular expression over names. */
  readonly on: string | RegExp;
  readonly fault: F;
  /** How many it hits; default 1. */
  readonly times?: number;
  /** Chance per match, drawn from the plan's own generator; default 1. */
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

export class FaultPlan<F> {
  private rules: { rule: FaultRule<F>; left: number; hits: number }[] = [];

  constructor(private readonly random: () => number = seeded(1)) {}

  add(rule: FaultRule<F>): void {
    this.rules.push({ rule, left: rule.times ?? 1, hits: 0 });
  }

  clear(): void {
    this.rules = [];
  }

  /** From now on nothing goes wrong; what did is still known. */
  rest(): void {
    this.rules.forEach((entry) => (entry.left = 0));
  }

  /** How often each rule has hit, in the order in which they were added. */
  get hits(): readonly { readonly fault: F; readonly hits: number }[] {
    return this.rules.map(({ rule: { fault }, hits }) => ({ fault, hits }));
  }

  /** The fault for what has this name, which is then used up once. */
  take(name: string): F | null {
    for (const entry of this.rules) {
      const { on, chance = 1, fault } = entry.rule;
      const matches = typeof on === 'string' ? on === name : on.test(name);
      if (matches && entry.left > 0 && this.random() < chance) {
        entry.left--;
        entry.hits++;
        return fault;
      }
    }
    return null;
  }
}
