/** The connection's report as text: a line for each finding, and below it what mends it. Pure. */
import type { CheckRow, Verdict } from '../../flows/administration';
import { remedyFor, type Remedy } from '../../platform/mending';
import { redact } from '../../platform/redact';

/** What stands before a row's subject: words, which every font and screen reader has. */
const WORDS: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  missing: 'missing',
  refused: 'refused',
  unknown: 'not known',
};
const INDENT = '    ';

/** A place in the text that does something; `line` and columns count from 0. */
export interface ReportLink {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly command: Remedy['command'];
}

export interface ReportText {
  /** Free of credentials, to be copied as it is. */
  readonly text: string;
  readonly links: readonly ReportLink[];
}

export function reportText(title: string, rows: readonly CheckRow[]): ReportText {
  const bad = rows.filter((row) => row.verdict !== 'ok').length;
  const lines = [title, bad === 0 ? 'Everything is there.' : `${bad} of ${rows.length} need a look.`, ''];
  const links: ReportLink[] = [];
  for (const row of rows) {
    const [first = '', ...more] = redact(row.detail).split('\n');
    lines.push(`[${WORDS[row.verdict]}] ${row.subject}: ${first}`, ...more.map((text) => INDENT + text));
    const remedy = remedyFor(row.mend ?? undefined);
    if (remedy !== null) {
      const start = `${INDENT}→ `.length;
      links.push({ line: lines.length, start, end: start + remedy.title.length, command: remedy.command });
      lines.push(`${INDENT}→ ${remedy.title}`);
    }
  }
  return { text: `${lines.join('\n')}\n`, links };
}
