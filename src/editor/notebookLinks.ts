/** From a processor to the cell that a conversion made of it, and from a cell back to its processor. */
import { CodeLens, l10n, Range, Uri, workspace } from 'vscode';
import type { CancellationToken, CodeLensProvider, TextDocument } from 'vscode';
import { parseReport, REPORT_FILE } from '../flows/conversionReport';
import type { ConversionReport, ReportedProcessor } from '../flows/conversionReport';
import { AcceleratorError } from '../flows/errors';
import type { FlowView } from '../flows/flowsModel';
import { cellAt, cellLines } from '../nifi/notebooks/cells';
import { processorOfCell, reportedProcessor } from '../nifi/notebooks/report';
import { COMMANDS } from '../platform/contributions';
import type { Session } from '../platform/session';
import { isNotebookDocument } from './documentKinds';

/** Attempts that are looked through for one with notebooks. */
const ATTEMPTS_SEARCHED = 20;

export interface GeneratedCell {
  readonly notebookPath: string;
  readonly cell: number;
  readonly reported: ReportedProcessor;
}

/** The newest report of a flow with the notebooks that it speaks of; null: no conversion left one. */
export async function newestReport(
  session: Session,
  flow: FlowView,
  signal: AbortSignal,
): Promise<{ readonly report: ConversionReport; readonly notebooks: readonly string[] } | null> {
  const attempts = await session.model.history(flow.flowId, { limit: ATTEMPTS_SEARCHED }, signal);
  const attempt = attempts.find((one) => one.generatedNotebooks.length > 0);
  const [notebook] = attempt?.generatedNotebooks ?? [];
  if (attempt === undefined || notebook === undefined) return null;
  const folder = parentOf(notebook);
  for (const place of [parentOf(folder), folder]) {
    try {
      const report = parseReport(await session.workspace.notebooks.readText(`${place}/${REPORT_FILE}`, signal));
      if (report !== null) return { report, notebooks: attempt.generatedNotebooks };
    } catch (error) {
      if (signal.aborted) throw error;
      // Not there: the next place.
    }
  }
  return null;
}

/**
 * The cell of a processor in the newest conversion of its flow.
 *
 * Throws `notFound` where there is none, with the reason.
 */
export async function generatedCell(
  session: Session,
  flow: FlowView,
  processor: { readonly id: string; readonly name: string; readonly groupId: string },
  signal: AbortSignal,
): Promise<GeneratedCell> {
  const found = await newestReport(session, flow, signal);
  if (found === null) {
    throw new AcceleratorError('notFound', l10n.t('No conversion of this flow has left notebooks with a report yet.'), {
      mend: 'viewHistory',
    });
  }
  const reported = reportedProcessor(found.report, processor.id, processor.groupId);
  if (reported === null) {
    throw new AcceleratorError(
      'notFound',
      l10n.t('The newest conversion does not know {0}: the flow was changed since.', processor.name),
      { mend: 'viewHistory' },
    );
  }
  const notebookPath = found.notebooks.find((path) => stemOf(path) === reported.notebook);
  if (reported.notebook === '' || reported.cell === 0 || notebookPath === undefined) {
    throw new AcceleratorError('notFound', l10n.t('{0} has no cell of its own: {1}', processor.name, reported.reason));
  }
  return { notebookPath, cell: reported.cell, reported };
}

/** The report of the conversion that a notebook belongs to. */
export async function reportOfNotebook(document: TextDocument): Promise<ConversionReport | null> {
  for (const up of ['../..', '..']) {
    try {
      const bytes = await workspace.fs.readFile(Uri.joinPath(document.uri, up, REPORT_FILE));
      return parseReport(Buffer.from(bytes).toString('utf8'));
    } catch {
      // Not there: the next place.
    }
  }
  return null;
}

/** The processor whose cell a line of a notebook belongs to. */
export function processorAtLine(
  report: ConversionReport,
  document: TextDocument,
  line: number,
): ReportedProcessor | null {
  return processorOfCell(report, stemOf(document.uri.path), cellAt(document.getText(), line));
}

/** The file of the flow that a notebook was made of. Undefined: it is not known here. */
export async function sourceOfNotebook(
  session: Session,
  document: TextDocument,
  report: ConversionReport,
): Promise<Uri | undefined> {
  const path = document.uri.fsPath;
  // An attempt's folder has the flow's id in its path.
  const segments = new Set(path.split(/[\\/]/));
  const flow = session.model.flows().find((one) => one.generatedNotebooks.includes(path) || segments.has(one.flowId));
  if (flow !== undefined) return Uri.file(flow.nifiXmlPath.replace(/#[^#]*$/, ''));
  const name = report.source?.name ?? '';
  if (name === '') return undefined;
  const [found] = await workspace.findFiles(`**/${name.replaceAll(/[[\]{}*?]/g, '[$&]')}`, undefined, 1);
  return found;
}

/** Over each processor's cell of a generated notebook: back to the flow. */
export class NotebookLenses implements CodeLensProvider {
  async provideCodeLenses(document: TextDocument, token: CancellationToken): Promise<CodeLens[] | undefined> {
    if (!isNotebookDocument(document)) return undefined;
    const report = await reportOfNotebook(document);
    if (report === null || token.isCancellationRequested) return undefined;
    const starts = cellLines(document.getText());
    const stem = stemOf(document.uri.path);
    return report.processors.flatMap((one) => {
      const line = one.notebook === stem && one.cell > 0 ? headingLine(document, starts, one.cell) : undefined;
      if (line === undefined) return [];
      return [
        new CodeLens(new Range(line, 0, line, 0), {
          title: l10n.t('$(go-to-file) Show {0} in the NiFi Flow', one.name),
          command: COMMANDS.showProcessor,
          arguments: [document.uri, line],
        }),
      ];
    });
  }
}

/** The line of a processor's heading: the cell of Markdown in front of its code. */
function headingLine(document: TextDocument, starts: readonly number[], cell: number): number | undefined {
  const before = starts[cell - 2];
  return before !== undefined && document.lineAt(before).text.startsWith('# MAGIC %md') ? before : starts[cell - 1];
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'), 0));
}

function stemOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return name.replace(/\.py$/, '');
}
