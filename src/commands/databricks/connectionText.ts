/** The connection's report as text: a line for each finding, and below it what mends it. Pure. */
import type { CheckRow, Verdict } from '../../flows/administration';
import { remedyFor, type Remedy } from '../../platform/mending';
import { redact } from '../../platform/redact';

/** What stands before and behind a row's subject. No columns: the font may be any, and lines are as wide as they are. */
const MARKS: Readonly<Record<Verdict, readonly [mark: string, word: string]>> = {
  ok: ['✓', ''],
  missing: ['✗', ' (missing)'],
  refused: ['✗', ' (refused)'],
  unknown: ['?', ' (not known)'],
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
    const [mark, word] = MARKS[row.verdict];
    const [first = '', ...more] = redact(row.detail).split('\n');
    lines.push(`${mark} ${row.subject}${word}: ${first}`, ...more.map((text) => INDENT + text));
    const remedy = remedyFor(row.mend ?? undefined);
    if (remedy !== null) {
      const start = `${INDENT}→ `.length;
      links.push({ line: lines.length, start, end: start + remedy.title.length, command: remedy.command });
      lines.push(`${INDENT}→ ${remedy.title}`);
    }
  }
  return { text: `${lines.join('\n')}\n`, links };
}
