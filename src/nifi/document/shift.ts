/** Carries a document's spans over edits: the last good picture of a text that is half typed right now. */
import type { Span } from './model';

/** One replaced range, as offsets of the text before it. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly inserted: number;
}

/** The same value with every span in it carried over the edits, which happened in their order. */
export function shifted<T>(value: T, edits: readonly Edit[]): T {
  // The shape stays: only numbers in spans change.
  return edits.length === 0 ? value : (moved(value, edits) as T);
}

function moved(value: unknown, edits: readonly Edit[]): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => moved(one, edits));
  if (typeof value !== 'object' || value === null) return value;
  if (isSpan(value)) return shiftedSpan(value, edits);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, moved(one, edits)]));
}

function isSpan(value: object): value is Span {
  return 'start' in value && 'end' in value && typeof value.start === 'number' && typeof value.end === 'number';
}

/** What is typed at a span's end belongs to it, what is typed in front does not move its beginning. */
export function shiftedSpan(span: Span, edits: readonly Edit[]): Span {
  let { start, end } = span;
  for (const { offset, length, inserted } of edits) {
    const old = offset + length;
    const delta = inserted - length;
    start = start <= offset ? start : start >= old ? start + delta : offset + inserted;
    end = end < offset ? end : end >= old ? end + delta : offset + inserted;
  }
  return { start, end: Math.max(start, end) };
}
