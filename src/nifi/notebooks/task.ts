/** What a person has to do about a processor, as text for a ticket. */
import type { ReportedProcessor } from '../../flows/conversionReport';
import type { PlacedFinding } from '../converter/analysis';
import type { Processor } from '../document/model';
import { shortType } from '../document/model';

export interface TaskFacts {
  readonly processor: Processor;
  /** Where it stands. */
  readonly flow: string;
  readonly group: string;
  readonly level: string;
  /** What it becomes, by the table of types. */
  readonly target: string;
  readonly findings: readonly PlacedFinding[];
  /** What a conversion made of it; null: it was not converted yet. */
  readonly reported: ReportedProcessor | null;
}

/** Markdown. */
export function taskText({ processor, flow, group, level, target, findings, reported }: TaskFacts): string {
  const type = shortType(processor.type?.text ?? '');
  const lines = [
    `### ${processor.name === '' ? type : processor.name} (${type})`,
    '',
    `- Flow: ${flow}${group === '' ? '' : `, group ${group}`}`,
    `- Processor id: ${processor.id}`,
    `- Level: ${level}`,
    `- What to do: ${reported === null || reported.reason === '' ? target : reported.reason}`,
  ];
  if (reported !== null && reported.notebook !== '') lines.push(`- Notebook: ${reported.notebook}, cell ${reported.cell}`);
  if (reported !== null && reported.gaps.length > 0) {
    lines.push(`- To fill in: ${reported.gaps.map((gap) => `gaps.${gap}`).join(', ')}`);
  }
  const others = findings.filter(({ code }) => code !== level && code !== 'assisted' && code !== 'manual');
  for (const { message } of others) lines.push(`- [ ] ${message}`);
  return `${lines.join('\n')}\n`;
}
