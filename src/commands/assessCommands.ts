/** What is assessed, and how: the shipped converter in a process of its own, on files of this computer. */
import { commands, env, l10n, ThemeIcon, Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { parseAssessment, parseProgress } from '../flows/assessment';
import type { Assessment, AssessProgress } from '../flows/assessment';
import { AcceleratorError } from '../flows/errors';
import { assessFlows } from '../nifi/converter/assessFlows';
import { openedFolders } from '../platform/environment';
import type { Log } from '../platform/log';
import { remedyFor } from '../platform/mending';
import type { Session, Sessions } from '../platform/session';
import type { AssessmentActions, AssessmentRequest } from '../views/assessment/controller';
import { flowTitle, formatCount } from '../views/format';
import { flowById } from './picks';
import type { ConverterFinder } from './services';
import { flowIdsOf, targetsOf } from './targets';

export function assessmentActions(converter: ConverterFinder, log: Log): AssessmentActions {
  return {
    assess: (sources, onProgress, signal) => assess(converter, log, { sources, onProgress, signal }),
    save: saveReport,
    copy: async (text) => env.clipboard.writeText(text),
    openSource: async (source) => {
      const hash = source.lastIndexOf('#');
      const file = hash > source.lastIndexOf('/') ? source.slice(0, hash) : source;
      await commands.executeCommand('vscode.open', Uri.file(file), { preview: true });
    },
    mendingTitle: (error) => remedyFor(error.mend)?.title ?? null,
    mend: async (error) => {
      const remedy = remedyFor(error.mend);
      if (remedy !== null) {
        await commands.executeCommand(remedy.command);
      }
    },
  };
}

export interface AssessOptions {
  readonly sources: readonly string[];
  readonly onProgress: (progress: AssessProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * Assesses files and folders. A cancel resolves with what was read until then.
 *
 * @throws AcceleratorError notTrusted, pythonMissing, pythonTooOld; notFound where no flow was found; cancelled where
 * nothing was read; internal where the converter failed
 */
export async function assess(
  converter: ConverterFinder,
  log: Log,
  { sources, onProgress, signal }: AssessOptions,
): Promise<Assessment> {
  if (!workspace.isTrusted) {
    throw new AcceleratorError('notTrusted', l10n.t('An assessment runs a program, and this folder is not trusted.'), {
      mend: 'trustFolder',
    });
  }
  const answer = await assessFlows(await converter(signal), {
    sources,
    signal,
    onLine: (line) => {
      const progress = parseProgress(line);
      if (progress === null) {
        log.info(line);
      } else if (progress !== 'end') {
        onProgress(progress);
      }
    },
  });
  const assessment = parseAssessment(answer.output);
  if (assessment === null) {
    if (signal.aborted) {
      throw new AcceleratorError('cancelled', l10n.t('The assessment was cancelled.'));
    }
    throw new AcceleratorError('internal', l10n.t('The converter could not assess these files: {0}', answer.said), {
      mend: 'showLog',
      details: { exitCode: answer.exitCode ?? -1 },
    });
  }
  if (assessment.flows.length === 0 && !assessment.cancelled) {
    throw new AcceleratorError('notFound', l10n.t('No NiFi flow was found there.'));
  }
  return assessment;
}

/** What a call names, or what is picked: opened folders, a folder, flows of the list. */
export async function assessmentRequest(sessions: Sessions, args: readonly unknown[]): Promise<AssessmentRequest> {
  const files = (Array.isArray(args[1]) && args[1].length > 0 ? args[1] : args.slice(0, 1)).filter(
    (one): one is Uri => one instanceof Uri,
  );
  const [file] = files;
  if (file !== undefined) {
    const label = files.length === 1 ? workspace.asRelativePath(file) : formatCount(files.length, 'file');
    return { label, sources: files.map(({ fsPath }) => fsPath) };
  }
  const flowIds = flowIdsOf(targetsOf(args));
  if (flowIds.length > 0) {
    return requestOfFlows(await sessions.get(), flowIds);
  }
  return pickRequest(sessions);
}

/** @throws AcceleratorError notAvailable where the files of the flows are not on this computer */
export function requestOfFlows(session: Session, flowIds: readonly string[]): AssessmentRequest {
  const flows = flowIds.map((flowId) => flowById(session, flowId));
  if (session.workspace.kind !== 'local') {
    throw new AcceleratorError(
      'notAvailable',
      l10n.t('An assessment reads files of this computer, and these flows lie on Databricks. Assess a folder instead.'),
    );
  }
  const [only] = flows;
  const label = flows.length === 1 && only !== undefined ? flowTitle(only) : formatCount(flows.length, 'flow');
  return { label, sources: flows.map(({ nifiXmlPath }) => nifiXmlPath) };
}

interface RequestItem extends QuickPickItem {
  readonly request: () => Promise<AssessmentRequest>;
}

async function pickRequest(sessions: Sessions): Promise<AssessmentRequest> {
  const folders = openedFolders();
  const session = sessions.current;
  const flowIds = session?.workspace.kind === 'local' ? session.model.flows().map(({ flowId }) => flowId) : [];
  const items: RequestItem[] = [
    ...folders.map(({ name, path }): RequestItem => ({
      label: name,
      description: path,
      iconPath: new ThemeIcon('folder'),
      request: async () => ({ label: name, sources: [path] }),
    })),
    ...(session === undefined || flowIds.length === 0
      ? []
      : [
          {
            label: l10n.t('The flows of the list'),
            description: formatCount(flowIds.length, 'flow'),
            iconPath: new ThemeIcon('list-tree'),
            request: async () => requestOfFlows(session, flowIds),
          },
        ]),
    { label: l10n.t('Choose a folder…'), iconPath: new ThemeIcon('folder-opened'), request: browse },
  ];
  const picked =
    items.length === 1
      ? items[0]
      : await window.showQuickPick(items, {
          title: l10n.t('Assess Estate'),
          placeHolder: l10n.t('Choose what to assess'),
        });
  if (picked === undefined) {
    throw new AcceleratorError('cancelled', 'Nothing was chosen to assess.');
  }
  return picked.request();
}

async function browse(): Promise<AssessmentRequest> {
  const chosen = await window.showOpenDialog({
    title: l10n.t('Assess Estate'),
    openLabel: l10n.t('Assess'),
    canSelectFolders: true,
    canSelectFiles: false,
    canSelectMany: true,
  });
  const [first] = chosen ?? [];
  if (chosen === undefined || first === undefined) {
    throw new AcceleratorError('cancelled', 'No folder was chosen.');
  }
  const label = chosen.length === 1 ? workspace.asRelativePath(first) : formatCount(chosen.length, 'folder');
  return { label, sources: chosen.map(({ fsPath }) => fsPath) };
}

async function saveReport(name: string, format: string, content: string): Promise<void> {
  const file = `${name}.${format}`;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const target = await window.showSaveDialog({
    title: l10n.t('Export Assessment'),
    saveLabel: l10n.t('Export'),
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, file) }),
    filters: { [format.toUpperCase()]: [format] },
  });
  if (target === undefined) {
    throw new AcceleratorError('cancelled', 'No file was chosen.');
  }
  await workspace.fs.writeFile(target, new TextEncoder().encode(content));
  await window.showTextDocument(target, { preview: true });
}
