/** Diagnostics: the converter's findings at their places, with the severity that a setting gives them. */
import { Diagnostic, DiagnosticSeverity, l10n, languages, Position, Range } from 'vscode';
import type { TextDocument } from 'vscode';
import type { Disposable } from '../flows/event';
import { partKeys } from '../nifi/converter/analysis';
import type { PlacedFinding } from '../nifi/converter/analysis';
import type { Component, Connection, Parameter, Span } from '../nifi/document/model';
import { sourceSpan } from '../nifi/document/valueOffsets';
import { DisposableStore } from '../platform/lifecycle';
import type { Analyses } from './analyses';
import type { FlowDocuments, Picture } from './flowDocuments';
import { rangeOf } from './flowDocuments';
import type { EditorServices } from './services';

export const DIAGNOSTIC_SOURCE = 'NiFi';
/** Of a place that covers many lines only the first is underlined. */
const LONGEST_LINES = 3;
/** About the type, not about how it is configured. */
const TYPE_CODES: readonly string[] = ['assisted', 'manual', 'unknown_type', 'deprecated'];

const SEVERITIES: Readonly<Record<string, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export class FlowDiagnostics implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly collection = this.disposables.add(languages.createDiagnosticCollection('nifi'));

  constructor(
    private readonly services: EditorServices,
    private readonly documents: FlowDocuments,
    private readonly analyses: Analyses,
  ) {
    this.disposables.add(analyses.onDidChange((document) => this.show(document)));
    this.disposables.add(
      services.settings.onDidChange(({ names }) => {
        if (names.has('diagnosticSeverity')) documents.open().forEach((document) => this.show(document));
      }),
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private show(document: TextDocument): void {
    const picture = this.documents.last(document);
    if (document.isClosed || picture === null) {
      this.collection.delete(document.uri);
      return;
    }
    // Typed on meanwhile: the next answer is on its way, and VS Code moves what is shown along.
    if (picture.version !== document.version) return;
    const severities = this.services.settings.get('diagnosticSeverity');
    const unread = this.analyses.unread(document);
    const shown: Diagnostic[] = [];
    if (unread !== null) {
      const line = Math.min(Math.max((unread.line ?? 1) - 1, 0), document.lineCount - 1);
      shown.push(make(document.lineAt(line).range, 'unreadable', 'error', l10n.t('The flow {0}', unread.message)));
    }
    const analysis = this.analyses.of(document);
    const places = new Map([...partKeys(picture.document)].map(([part, key]) => [key, part]));
    for (const finding of analysis?.findings ?? []) {
      const severity = severities[finding.code] ?? severities['*'] ?? finding.severity;
      if (severity === 'off') continue;
      const span = spanOf(finding, finding.part === null ? undefined : places.get(finding.part), picture);
      if (span !== null) shown.push(make(shortRange(document, span), finding.code, severity, finding.message));
    }
    this.collection.set(document.uri, shown);
  }
}

function make(range: Range, code: string, severity: string, message: string): Diagnostic {
  const diagnostic = new Diagnostic(range, message, SEVERITIES[severity] ?? DiagnosticSeverity.Information);
  diagnostic.source = DIAGNOSTIC_SOURCE;
  diagnostic.code = code;
  return diagnostic;
}

function shortRange(document: TextDocument, span: Span): Range {
  const range = rangeOf(document, span);
  if (range.end.line - range.start.line < LONGEST_LINES) return range;
  return new Range(range.start, new Position(range.start.line, document.lineAt(range.start.line).text.length));
}

/** Where a finding is shown; null where the document holds no such place any more. */
function spanOf(finding: PlacedFinding, part: Component | Connection | undefined, picture: Picture): Span | null {
  if (part === undefined) return parameterOf(finding, picture)?.span ?? null;
  if (part.kind === 'connection') return endSpan(finding, part);
  if (finding.property !== '') {
    const property = part.properties.find((one) => one.name === finding.property);
    if (property !== undefined) {
      const { value, nameSpan } = property;
      if (value === null || value.span.end === value.span.start) return nameSpan;
      if (finding.range === null) return value.span;
      return sourceSpan(picture.text, value.span, picture.syntax, finding.range[0], finding.range[1]);
    }
  }
  return TYPE_CODES.includes(finding.code) && part.type !== null ? part.type.span : part.nameSpan;
}

function endSpan(finding: PlacedFinding, { source, destination, nameSpan }: Connection): Span {
  const end = [source, destination].find(
    (one) => one !== null && one.id.text !== '' && finding.message.includes(one.id.text),
  );
  return end?.id.span ?? nameSpan;
}

function parameterOf(finding: PlacedFinding, { document }: Picture): Parameter | undefined {
  const context = document.contexts.find((one) => one.id === finding.id || one.name === finding.name);
  return context?.parameters.find((one) => one.name === finding.property);
}
