/** What `JSON.parse` hands a reviver since V8 11.4: the value's own text. */
interface ReviverContext {
  readonly source?: string;
}
type Reviver = (this: unknown, key: string, value: unknown, context?: ReviverContext) => unknown;

/**
 * Parses JSON so that 64-bit ids survive: an integer beyond what a JavaScript number holds exactly becomes its text.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const revive: Reviver = (_key, value, context) =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined
      ? context.source
      : value;
  return (JSON.parse as (text: string, reviver: Reviver) => unknown)(text, revive);
}
