/** Lenses over a flow (convert, history, last status), over its groups, and over each processor that does not convert. */
import { CodeLens, EventEmitter, l10n, Range, Uri } from 'vscode';
import type { CodeLensProvider, Command, TextDocument } from 'vscode';
import type { FlowView } from '../flows/flowsModel';
import { countLevels, partKeys } from '../nifi/converter/analysis';
import { groupsAreFlows } from '../nifi/document/model';
import type { Processor } from '../nifi/document/model';
import { LEVELS } from '../nifi/levels';
import type { LevelTable } from '../nifi/levels';
import { COMMANDS } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import { flowDisplay, flowLook, formatCount, formatRelative } from '../views/format';
import type { Analyses } from './analyses';
import type { FlowDocuments, Picture } from './flowDocuments';
import { sourcePath } from './flowDocuments';
import { flowsOfDocument } from './flowOfDocument';
import type { EditorServices } from './services';
import { levelLabel, LEVEL_ICONS } from './words';

/** Of one line with so many characters VS Code shows nothing usefully. */
const LONG_LINE = 20_000;
/** A reason in a lens; the rest is in the hover. */
const REASON_LENGTH = 110;

export class FlowLenses implements CodeLensProvider {
  private readonly disposables = new DisposableStore();
  private readonly changes = this.disposables.add(new EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.changes.event;

  constructor(
    private readonly services: EditorServices,
    private readonly documents: FlowDocuments,
    private readonly analyses: Analyses,
    private readonly levels: () => Promise<LevelTable>,
  ) {
    const again = (): void => this.changes.fire();
    this.disposables.add(services.sessions.onDidChangeFlows(again));
    this.disposables.add(services.sessions.onDidChangeState(again));
    this.disposables.add(analyses.onDidChange(again));
  }

  async provideCodeLenses(document: TextDocument): Promise<CodeLens[] | undefined> {
    const picture = await this.documents.picture(document);
    if (picture === null) return undefined;
    const levels = await this.levels();
    this.openSession();
    return [
      ...this.formatLens(document),
      ...this.groupLenses(document, picture, levels),
      ...this.processorLenses(document, picture, levels),
    ];
  }

  dispose(): void {
    this.disposables.dispose();
  }

  /** Where reading the tables costs money, only what is open anyway is shown. */
  private openSession(): void {
    const { sessions, settings } = this.services;
    if (sessions.current === undefined && sessions.failure === undefined && settings.get('runsOn') === 'local') {
      sessions.get().catch((error: unknown) => this.services.log.debug(`no session for lenses: ${String(error)}`));
    }
  }

  private *formatLens(document: TextDocument): Generator<CodeLens> {
    if (document.uri.scheme === 'file' && document.lineCount < 5 && document.lineAt(0).text.length > LONG_LINE) {
      yield lens(document, 0, {
        title: l10n.t('$(list-selection) Open Over Many Lines'),
        command: COMMANDS.openFlow,
        arguments: [document.uri],
      });
    }
  }

  private *groupLenses(document: TextDocument, picture: Picture, levels: LevelTable): Generator<CodeLens> {
    const flow = picture.document;
    const session = this.services.sessions.current;
    const registered = session === undefined ? null : flowsOfDocument(session, this.services.settings, document);
    const perGroup = groupsAreFlows(flow);
    if (perGroup && flow.groups.length > 1) {
      const count = flow.groups.filter((group) => group.depth === 1).length;
      yield lens(document, 0, {
        title: l10n.t('$(list-tree) {0} in this file', formatCount(count, 'process group')),
        command: 'workbench.action.gotoSymbol',
      });
    }
    for (const group of flow.groups) {
      if (group.depth > 1) continue;
      const root = group.depth === 0;
      const processors =
        root && perGroup
          ? flow.processors.filter((one) => flow.groups[one.group] === group)
          : picture.index.processorsUnder(group);
      const at = group.span.start;
      if (root ? !perGroup || processors.length > 0 : perGroup) {
        const known = registered?.get(perGroup ? group.id : '') ?? null;
        yield* this.flowLenses(document, at, known, registered !== null);
      }
      const counts = countsText(processors, levels);
      if (counts !== '') {
        yield lens(document, at, {
          title: counts,
          command: COMMANDS.explainProcessor,
          arguments: [document.uri, group.span.start],
        });
      }
    }
  }

  private *flowLenses(
    document: TextDocument,
    at: number,
    flow: FlowView | null,
    sessionIsOpen: boolean,
  ): Generator<CodeLens> {
    if (flow === null) {
      const path = sourcePath(document.uri);
      if (sessionIsOpen && path !== null) {
        yield lens(
          document,
          at,
          this.services.sessions.current?.workspace.kind === 'databricks'
            ? {
                title: l10n.t('$(cloud-upload) Register in Databricks'),
                command: COMMANDS.registerFlows,
                arguments: [Uri.file(path)],
              }
            : { title: l10n.t('$(search) Find Flows to Convert'), command: COMMANDS.populateFlows },
        );
      }
      return;
    }
    const target = { flowId: flow.flowId };
    const display = flowDisplay(flow.status, flow.live);
    const running = flow.status === 'CONVERTING';
    yield lens(
      document,
      at,
      running
        ? { title: l10n.t('$(debug-stop) Cancel'), command: COMMANDS.cancelConversion, arguments: [target] }
        : { title: l10n.t('$(play) Convert'), command: COMMANDS.startConversion, arguments: [target] },
    );
    if (flow.totalAttempts > 0) {
      yield lens(document, at, {
        title: l10n.t('$(history) History ({0})', formatCount(flow.totalAttempts, 'attempt')),
        command: COMMANDS.viewAllAttempts,
        arguments: [target],
      });
    }
    const look = flowLook(display);
    const when = flow.lastAttemptAt === null || running ? '' : ` · ${formatRelative(flow.lastAttemptAt, new Date())}`;
    yield lens(document, at, {
      title: `$(${look.icon}${look.spin ? '~spin' : ''}) ${look.label}${when}`,
      command: COMMANDS.viewAllAttempts,
      arguments: [target],
    });
  }

  private *processorLenses(document: TextDocument, picture: Picture, levels: LevelTable): Generator<CodeLens> {
    const analysis = this.analyses.of(document);
    const keys = analysis === null ? null : partKeys(picture.document);
    for (const processor of picture.document.processors) {
      if (processor.type === null) continue;
      const described =
        analysis?.type(analysis.component(keys?.get(processor)))?.level ?? levels.find(processor.type.text);
      const level = described?.level ?? 'manual';
      if (level !== 'manual' && level !== 'assisted') continue;
      const why = described?.target ?? l10n.t('Not a processor of NiFi: its code has to be read');
      yield lens(document, processor.span.start, {
        title: `$(${LEVEL_ICONS[level]}) ${levelLabel(level)}: ${shortened(why)}`,
        tooltip: why,
        command: COMMANDS.explainProcessor,
        arguments: [document.uri, processor.span.start],
      });
    }
  }
}

function lens(document: TextDocument, offset: number, command: Command): CodeLens {
  const at = document.positionAt(offset);
  // VS Code lays icon and text out as boxes of their own, between which a plain space is lost.
  const title = command.title.replace(/^(\$\([^)]*\)) /, '$1\u00a0');
  return new CodeLens(new Range(at, at), { ...command, title });
}

function shortened(text: string): string {
  return text.length <= REASON_LENGTH ? text : `${text.slice(0, REASON_LENGTH - 1).trimEnd()}…`;
}

/** `12 processors: 9 converted, 2 assisted, 1 manual`. */
export function countsText(processors: readonly Processor[], levels: LevelTable): string {
  if (processors.length === 0) return '';
  const counts = countLevels(processors, (type) => levels.levelOf(type));
  const parts = LEVELS.flatMap((level) => {
    const count = counts.get(level) ?? 0;
    return count === 0 ? [] : [`${count} ${levelLabel(level)}`];
  });
  return `${formatCount(processors.length, 'processor')}: ${parts.join(', ')}`;
}
