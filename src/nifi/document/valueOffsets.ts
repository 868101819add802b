/** Where the characters of a value stand in the source, which writes some of them as entities or escapes. */
import type { Span } from './model';

export type Syntax = 'xml' | 'json';

const XML_UNITS = /&(?:#[xX]?[0-9a-fA-F]+|\w+);|<!\[CDATA\[|\]\]>|<!--[^]*?-->|<\?[^]*?\?>|\r\n|[^]/gu;
const JSON_UNITS = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^]|[^]/gu;
/** Parts of XML that stand for no character. */
const SILENT = /^(?:<!|\]\]>$|<\?)/;

/**
 * Source offsets of the given character positions of a value. Positions count Unicode characters, as the converter does;
 * one behind the end gives the end.
 *
 * @param source the whole text
 * @param span where the value is written
 */
export function sourceSpan(source: string, span: Span, syntax: Syntax, from: number, to: number): Span {
  const raw = source.slice(span.start, span.end);
  let characters = 0;
  let start: number | null = null;
  for (const match of raw.matchAll(syntax === 'xml' ? XML_UNITS : JSON_UNITS)) {
    const silent = syntax === 'xml' && match[0].length > 1 && SILENT.test(match[0]);
    if (characters === from && start === null && !silent) start = span.start + match.index;
    if (characters === to && start !== null) return { start, end: span.start + match.index };
    if (!silent) characters += 1;
  }
  return { start: start ?? span.end, end: span.end };
}

/** The syntax of a document by its first character. */
export function syntaxOf(source: string): Syntax {
  return /^[\uFEFF\s]*</.test(source.slice(0, 1000)) ? 'xml' : 'json';
}
