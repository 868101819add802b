/** The connection's report as text: a line for each finding, and below it what mends it. Pure. */
import type { CheckRow, Verdict } from '../../flows/administration';
import { remedyFor, type Remedy } from '../../platform/mending';
import { redact } from '../../platform/redact';

const WORDS: Readonly<Record<Verdict, string>> = { ok: 'ok', missing: 'missing', refused: 'refused', unknown: '?' };
const VERDICT_WIDTH = 8;

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
  const width = Math.max(0, ...rows.map((row) => row.subject.length));
  const indent = ' '.repeat(VERDICT_WIDTH + 1);
  const bad = rows.filter((row) => row.verdict !== 'ok').length;
  const lines = [title, bad === 0 ? 'Everything is there.' : `${bad} of ${rows.length} need a look.`, ''];
  const links: ReportLink[] = [];
  for (const row of rows) {
    const [first = '', ...more] = redact(row.detail).split('\n');
    lines.push(`${WORDS[row.verdict].padEnd(VERDICT_WIDTH)} ${row.subject.padEnd(width)}  ${first}`);
    lines.push(...more.map((text) => `${indent}${' '.repeat(width)}  ${text}`));
    const remedy = remedyFor(row.mend ?? undefined);
    if (remedy !== null) {
      const arrow = `${indent}→ `;
      const [line, start] = [lines.length, arrow.length];
      links.push({ line, start, end: start + remedy.title.length, command: remedy.command });
      lines.push(arrow + remedy.title);
    }
  }
  return { text: `${lines.join('\n')}\n`, links };
}
