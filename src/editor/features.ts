/** The editor features, put together. A bundle of its own, loaded with the first NiFi document. */
import path from 'node:path';
import { env, l10n, languages, Selection, TextEditorRevealType, Uri, window, workspace } from 'vscode';
import type { TextDocument } from 'vscode';
import * as z from 'zod/mini';
import { AcceleratorError } from '../flows/errors';
import type { Disposable } from '../flows/event';
import type { FlowView } from '../flows/flowsModel';
import { partKeys } from '../nifi/converter/analysis';
import { shortType } from '../nifi/document/model';
import type { Component } from '../nifi/document/model';
import { ParserThread } from '../nifi/document/parserThread';
import { readLevelTable } from '../nifi/levels';
import type { LevelTable } from '../nifi/levels';
import { cellLines } from '../nifi/notebooks/cells';
import { reportedProcessor } from '../nifi/notebooks/report';
import { taskText } from '../nifi/notebooks/task';
import { DisposableStore } from '../platform/lifecycle';
import { withLateProgress } from '../platform/progress';
import { Analyses } from './analyses';
import { ACTION_KINDS, FlowActions } from './codeActions';
import { FlowLenses } from './codeLenses';
import { COMPLETION_TRIGGERS, ExpressionCompletions } from './completions';
import { FlowDiagnostics } from './diagnostics';
import { explainedComponent, explainedGroup, Explanations } from './explanations';
import { FlowDocuments, rangeOf } from './flowDocuments';
import type { Picture } from './flowDocuments';
import { flowGroupOf, flowsOfDocument } from './flowOfDocument';
import { FlowHovers } from './hovers';
import { FlowDefinitions, FlowReferences } from './navigation';
import {
  generatedCell,
  newestReport,
  NotebookLenses,
  processorAtLine,
  reportOfNotebook,
  sourceOfNotebook,
} from './notebookLinks';
import { askForFlowFile, OpenedFlows } from './openFlow';
import { FLOW_SELECTOR } from './selectors';
import type { EditorServices } from './services';
import { FlowSymbols } from './symbols';
import { levelLabel } from './words';

/** A one-line document is shown in another form where it is opened for a person. */
const LONG_LINE = 20_000;
const offsetSchema = z.number();
const workspaceFileSchema = z.object({ workspaceFile: z.string().check(z.minLength(1)) });

/** What a command was called on, in an open NiFi document. */
interface Place {
  readonly document: TextDocument;
  readonly picture: Picture;
  readonly offset: number;
}

export class Features implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly documents: FlowDocuments;
  private readonly analyses: Analyses;
  private readonly opened: OpenedFlows;
  private readonly explanations = this.disposables.add(new Explanations());
  private table: Promise<LevelTable> | null = null;

  constructor(private readonly services: EditorServices) {
    const { extensionPath, log } = services;
    const own = <T extends Disposable>(item: T): T => this.disposables.add(item);
    const parser = own(new ParserThread(path.join(extensionPath, 'dist', 'nifi', 'parserWorker.js')));
    this.documents = own(new FlowDocuments(parser, log));
    this.analyses = own(new Analyses(services, this.documents));
    this.opened = own(new OpenedFlows(parser, (file) => this.workspaceFile(file)));
    own(new FlowDiagnostics(services, this.documents, this.analyses));
    const levels = (): Promise<LevelTable> => this.levels();
    const { documents, analyses } = this;
    own(languages.registerDocumentSymbolProvider(FLOW_SELECTOR, new FlowSymbols(documents, levels), { label: 'NiFi' }));
    own(languages.registerCodeLensProvider(FLOW_SELECTOR, own(new FlowLenses(services, documents, analyses, levels))));
    own(languages.registerHoverProvider(FLOW_SELECTOR, new FlowHovers(documents, analyses, levels)));
    own(languages.registerDefinitionProvider(FLOW_SELECTOR, new FlowDefinitions(documents)));
    own(languages.registerReferenceProvider(FLOW_SELECTOR, new FlowReferences(documents)));
    own(
      languages.registerCodeActionsProvider(FLOW_SELECTOR, new FlowActions(documents), {
        providedCodeActionKinds: ACTION_KINDS,
      }),
    );
    own(
      languages.registerCompletionItemProvider(
        FLOW_SELECTOR,
        new ExpressionCompletions(documents, analyses),
        ...COMPLETION_TRIGGERS,
      ),
    );
    own(languages.registerCodeLensProvider({ language: 'python', scheme: 'file' }, new NotebookLenses()));
    // Diagnostics come unasked, so each flow is parsed when it is opened and some time after it was changed.
    const look = (document: TextDocument): void => {
      if (!document.isClosed && documents.isFlow(document)) this.lookSoon(document);
    };
    own(workspace.onDidOpenTextDocument(look));
    own(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => contentChanges.length > 0 && look(document)),
    );
    workspace.textDocuments.forEach(look);
  }

  /**
   * Shows a flow file as text over many lines: one of this computer, `{workspaceFile}` where it lies where conversions
   * run, or one that is asked for.
   */
  async openFlow([named]: readonly unknown[]): Promise<void> {
    const remote = z.safeParse(workspaceFileSchema, named);
    if (remote.success) {
      const document = await this.opened.openFromWorkspace(remote.data.workspaceFile);
      await window.showTextDocument(document, { preview: false });
      return;
    }
    const file = named instanceof Uri ? named : await askForFlowFile();
    if (file !== undefined) await window.showTextDocument(await this.opened.open(file), { preview: false });
  }

  /** Explains the processor, service or group at a place. */
  async explain(args: readonly unknown[]): Promise<void> {
    const { document, picture, offset } = await this.placeOf(args);
    const analysis = this.analyses.of(document);
    const levels = await this.levels();
    const component = picture.index.componentAt(offset);
    if (component !== null) {
      const title = component.name === '' ? shortType(component.type?.text ?? '') : component.name;
      await this.explanations.show(document, title, explainedComponent(picture, component, analysis, levels));
      return;
    }
    const group = picture.index.groupAt(offset) ?? picture.document.groups[0];
    if (group === undefined) throw nothingHere();
    await this.explanations.show(document, group.name, explainedGroup(picture, group, analysis, levels));
  }

  /** Opens the notebook of the newest conversion at the cell of the processor at a place. */
  async openGeneratedCell(args: readonly unknown[], signal: AbortSignal): Promise<void> {
    const place = await this.placeOf(args);
    const component = componentOf(place);
    const session = await this.services.sessions.get();
    const flow = await this.flowOf(place, component);
    const groupId = place.picture.document.groups[component.group]?.id ?? '';
    const found = await generatedCell(session, flow, { id: component.id, name: component.name, groupId }, signal);
    const editor = await this.services.openNotebook(session, found.notebookPath, true, signal);
    const line = cellLines(editor.document.getText())[found.cell - 1] ?? 0;
    editor.selection = new Selection(line, 0, line, 0);
    editor.revealRange(editor.selection, TextEditorRevealType.AtTop);
  }

  /** Shows the processor whose cell a notebook's cursor is in. */
  async showProcessor(args: readonly unknown[]): Promise<void> {
    const editor = window.activeTextEditor;
    const [uri, at] = args;
    const document = uri instanceof Uri ? await workspace.openTextDocument(uri) : editor?.document;
    const line = z.safeParse(offsetSchema, at);
    const report = document === undefined ? null : await reportOfNotebook(document);
    if (document === undefined || report === null) {
      throw new AcceleratorError('notFound', l10n.t('This notebook lies beside no report of a conversion.'));
    }
    const reported = processorAtLine(report, document, line.success ? line.data : (editor?.selection.active.line ?? 0));
    if (reported === null) throw new AcceleratorError('notFound', l10n.t('This cell belongs to no processor.'));
    const session = await this.services.sessions.get();
    const file = await sourceOfNotebook(session, document, report);
    if (file === undefined) {
      throw new AcceleratorError('flowFileMissing', l10n.t('The flow of this notebook was not found.'), {
        mend: 'populateFlows',
      });
    }
    const shown = await this.showFile(file);
    const picture = await this.documents.picture(shown.document);
    const groups = picture?.document.groups;
    const processors = picture?.document.processors.filter((one) => one.id === reported.id.replace(/~\d+$/, '')) ?? [];
    const processor = processors.find((one) => groups?.[one.group]?.id === reported.group_id) ?? processors[0];
    if (processor === undefined) {
      throw new AcceleratorError('notFound', l10n.t('{0} is not in the flow any more.', reported.name));
    }
    const range = rangeOf(shown.document, processor.nameSpan);
    shown.selection = new Selection(range.start, range.end);
    shown.revealRange(rangeOf(shown.document, processor.span), TextEditorRevealType.AtTop);
  }

  /** Puts what a person has to do about a processor on the clipboard. */
  async copyTask(args: readonly unknown[], signal: AbortSignal): Promise<void> {
    const place = await this.placeOf(args);
    const component = componentOf(place);
    if (component.kind !== 'processor') throw nothingHere();
    const { picture, document } = place;
    const levels = await this.levels();
    const type = component.type?.text ?? '';
    const group = picture.document.groups[component.group];
    const key = partKeys(picture.document).get(component);
    await env.clipboard.writeText(
      taskText({
        processor: component,
        flow: path.basename(document.uri.path),
        group: group === undefined || group.depth === 0 ? '' : group.name,
        level: levelLabel(levels.levelOf(type)),
        target: levels.find(type)?.target ?? l10n.t('Not a processor of NiFi: its code has to be read'),
        findings: this.analyses.of(document)?.findingsOf(key) ?? [],
        reported: await this.reportedOf(place, component, signal),
      }),
    );
    window.setStatusBarMessage(l10n.t('Task copied'), 3000);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private readonly waiting = new Map<string, NodeJS.Timeout>();

  /** Some time after the last key; what VS Code asks for meanwhile is parsed anyway. */
  private lookSoon(document: TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.waiting.get(key));
    const wait = this.documents.last(document) === null ? 0 : 300;
    this.waiting.set(
      key,
      setTimeout(() => {
        this.waiting.delete(key);
        this.documents
          .picture(document)
          .catch((error: unknown) => this.services.log.warn('A document could not be read.', error));
      }, wait),
    );
  }

  private async workspaceFile(file: string): Promise<Uint8Array> {
    const { workspace: place } = await this.services.sessions.get();
    return withLateProgress(l10n.t('Reading {0}', file), new AbortController().signal, (_report, signal) =>
      place.readFlowFile(file, signal),
    );
  }

  private levels(): Promise<LevelTable> {
    const file = path.join(this.services.extensionPath, 'notebooks', 'nifi_converter', 'processor_types.json');
    this.table ??= readLevelTable(file);
    return this.table;
  }

  /** The document and offset that a command was called on, else the cursor's. */
  private async placeOf([uri, at]: readonly unknown[]): Promise<Place> {
    const editor = window.activeTextEditor;
    const offset = z.safeParse(offsetSchema, at);
    const named =
      uri instanceof Uri ? workspace.textDocuments.find((one) => one.uri.toString() === uri.toString()) : undefined;
    const document = named ?? editor?.document;
    const picture = document === undefined ? null : await this.documents.picture(document);
    if (document === undefined || picture === null) {
      throw new AcceleratorError('notFound', l10n.t('Open a NiFi flow and put the cursor on a processor first.'), {
        mend: 'openFlow',
      });
    }
    const cursor = editor?.document === document ? document.offsetAt(editor.selection.active) : 0;
    return { document, picture, offset: offset.success ? offset.data : cursor };
  }

  private async flowOf({ document, picture }: Place, component: Component): Promise<FlowView> {
    const session = await this.services.sessions.get();
    const flow = flowsOfDocument(session, this.services.settings, document).get(
      flowGroupOf(picture.document, component.group),
    );
    if (flow === undefined) {
      throw new AcceleratorError(
        'flowNotRegistered',
        l10n.t('This file is not among the flows yet: {0}', workspace.asRelativePath(document.uri)),
        {
          mend: 'populateFlows',
        },
      );
    }
    return flow;
  }

  private async reportedOf(
    place: Place,
    component: Component,
    signal: AbortSignal,
  ): Promise<ReturnType<typeof reportedProcessor>> {
    const session = this.services.sessions.current;
    if (session === undefined) return null;
    const flow = flowsOfDocument(session, this.services.settings, place.document).get(
      flowGroupOf(place.picture.document, component.group),
    );
    const found = flow === undefined ? null : await newestReport(session, flow, signal);
    const groupId = place.picture.document.groups[component.group]?.id ?? '';
    return found === null ? null : reportedProcessor(found.report, component.id, groupId);
  }

  private async showFile(file: Uri): Promise<Awaited<ReturnType<typeof window.showTextDocument>>> {
    if (file.path.toLowerCase().endsWith('.gz')) return window.showTextDocument(await this.opened.open(file));
    const document = await workspace.openTextDocument(file);
    const oneLine = document.lineCount < 5 && document.lineAt(0).text.length > LONG_LINE;
    return window.showTextDocument(oneLine ? await this.opened.open(file) : document);
  }
}

function componentOf({ picture, offset }: Place): Component {
  const component = picture.index.componentAt(offset);
  if (component === null) throw nothingHere();
  return component;
}

function nothingHere(): AcceleratorError {
  return new AcceleratorError('notFound', l10n.t('There is no processor here. Put the cursor on one.'));
}
