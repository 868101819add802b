/** Where in an expression a cursor stands. By its signs alone: the text is half typed, and what it means is not asked. */

export interface ExpressionContext {
  /** `start`: a name or a function that stands first; `function`: behind a colon. */
  readonly kind: 'start' | 'function';
  /** What is typed of the word already. */
  readonly word: string;
}

/** Looked at in front of the cursor. */
export const CONTEXT_LENGTH = 2000;

/**
 * The innermost open `${` in front of the cursor, or null where there is none.
 *
 * @param before the text in front of the cursor, at most `CONTEXT_LENGTH` of it
 */
export function expressionContext(before: string): ExpressionContext | null {
  const open: number[] = [];
  let quote = '';
  for (let at = 0; at < before.length; at += 1) {
    const sign = before[at];
    if (quote !== '') {
      if (sign === '\\') at += 1;
      else if (sign === quote) quote = '';
      // A quoted text may hold expressions of its own.
      else if (sign === '$' && before[at + 1] === '{' && open.length > 0) {
        open.push((at += 1) + 1);
        quote = '';
      }
    } else if (sign === '$' && before[at + 1] === '{') {
      let dollars = 1;
      while (before[at - dollars] === '$') dollars += 1;
      if (dollars % 2 === 1) open.push(at + 2);
      at += 1;
    } else if (sign === '}') {
      open.pop();
    } else if (open.length > 0 && (sign === "'" || sign === '"')) {
      quote = sign;
    } else if (sign === '<' || sign === '\n') {
      // An expression that an earlier value left open does not reach into this one.
      if (sign === '<') open.length = 0;
    }
  }
  const start = open.at(-1);
  if (start === undefined || quote !== '') return null;
  const inside = before.slice(start);
  const word = /[A-Za-z_][\w.-]*$/.exec(inside)?.[0] ?? '';
  const lead = inside.slice(0, inside.length - word.length).trimEnd();
  if (lead === '') return { kind: 'start', word };
  return lead.endsWith(':') ? { kind: 'function', word } : null;
}
