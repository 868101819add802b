/** Finds a processor of a document in a conversion's report. */
import type { ConversionReport, ReportedProcessor } from '../../flows/conversionReport';

/** A processor by its ids; the converter marks repeated ones with `~` and a number. */
export function reportedProcessor(report: ConversionReport, id: string, groupId: string): ReportedProcessor | null {
  const written = (value: string): string => value.replace(/~\d+$/, '');
  const found = report.processors.filter((one) => one.id === id || written(one.id) === id);
  return found.find((one) => one.group_id === groupId || written(one.group_id) === groupId) ?? found[0] ?? null;
}

/** The processor whose cell it is, or whose heading stands right in front of it; null: a cell of no processor. */
export function processorOfCell(report: ConversionReport, notebook: string, cell: number): ReportedProcessor | null {
  const own = report.processors.filter((one) => one.notebook === notebook && one.cell > 0);
  return own.find((one) => one.cell === cell) ?? own.find((one) => one.cell === cell + 1) ?? null;
}
