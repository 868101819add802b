/** What is assessed, and how: the shipped converter in a process of its own, on files of this computer or fetched to it. */
import { commands, env, l10n, ThemeIcon, Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { parseAssessment, parseProgress } from '../flows/assessment';
import type { Assessment, AssessProgress } from '../flows/assessment';
import { AcceleratorError } from '../flows/errors';
import { splitFlowPath } from '../flows/flowPath';
import type { Workspace } from '../flows/workspace';
import { assessFlows } from '../nifi/converter/assessFlows';
import { fetchSources } from '../nifi/converter/fetchSources';
import { COMMANDS } from '../platform/contributions';
import { openedFolders } from '../platform/environment';
import type { KeptFiles } from '../platform/keptFiles';
import type { Log } from '../platform/log';
import { remedyFor } from '../platform/mending';
import type { Session, Sessions } from '../platform/session';
import type { AssessmentActions, AssessmentRequest } from '../views/assessment/controller';
import { keptText, parseKept } from '../views/assessment/kept';
import { flowTitle, formatCount } from '../views/format';
import { flowById } from './picks';
import type { ConverterFinder } from './services';
import { flowIdsOf, targetsOf } from './targets';

export interface AssessmentServices {
  readonly sessions: Sessions;
  readonly converter: ConverterFinder;
  readonly kept: KeptFiles;
  readonly log: Log;
}

export function assessmentActions({ sessions, converter, kept, log }: AssessmentServices): AssessmentActions {
  return {
    assess: async (request, onProgress, signal) => {
      const options = { sources: request.sources, onProgress, signal };
      return request.place === 'disk'
        ? assess(converter, log, options)
        : assessInPlace(await placeOf(sessions), converter, log, options);
    },
    keep: (id, text) => kept.write(id, keptText(text)),
    kept: async (id) => {
      const text = await kept.read(id);
      return text === null ? null : parseKept(text);
    },
    save: saveReport,
    copy: async (text) => env.clipboard.writeText(text),
    openSource: async ({ place }, source) => {
      const { file } = splitFlowPath(source);
      await (place === 'disk'
        ? commands.executeCommand('vscode.open', Uri.file(file), { preview: true })
        : commands.executeCommand(COMMANDS.openFlow, { workspaceFile: file }));
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
export async function assess(converter: ConverterFinder, log: Log, options: AssessOptions): Promise<Assessment> {
  const assessment = await assessFiles(converter, log, options);
  if (assessment.flows.length === 0 && !assessment.cancelled) {
    throw new AcceleratorError('notFound', l10n.t('No NiFi flow was found there.'));
  }
  return assessment;
}

/**
 * The same for files that lie where the workspace keeps them: each is fetched first. One that cannot be is a row with
 * the reason; a cancel while files are fetched leaves nothing to show.
 */
export async function assessInPlace(
  workspaceOfFiles: Pick<Workspace, 'readFlowFile'>,
  converter: ConverterFinder,
  log: Log,
  { sources, onProgress, signal }: AssessOptions,
): Promise<Assessment> {
  const fetched = await fetchSources({
    sources,
    read: (file, abort) => workspaceOfFiles.readFlowFile(file, abort),
    onProgress: (progress) => onProgress({ stage: 'fetch', ...progress }),
    signal,
  });
  try {
    return fetched.inPlace(await assessFiles(converter, log, { sources: fetched.sources, onProgress, signal }));
  } finally {
    await fetched.dispose();
  }
}

/** The flows of the list, as files of this computer or of the workspace that they lie in. */
export async function assessFlowsOf(
  session: Session,
  flowIds: readonly string[],
  converter: ConverterFinder,
  log: Log,
  signal: AbortSignal,
): Promise<Assessment> {
  const { sources, place } = requestOfFlows(session, flowIds);
  const options = { sources, signal, onProgress: () => undefined };
  return place === 'disk' ? assess(converter, log, options) : assessInPlace(session.workspace, converter, log, options);
}

/** @throws AcceleratorError notAvailable where the open workspace is not the one that holds the files */
async function placeOf(sessions: Sessions): Promise<Workspace> {
  const session = await sessions.get();
  if (session.workspace.kind === 'local') {
    throw new AcceleratorError(
      'notAvailable',
      l10n.t('These flows lie on Databricks, and conversions run on this computer now.'),
      { mend: 'chooseWorkspace' },
    );
  }
  return session.workspace;
}

async function assessFiles(
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
    return { label, sources: files.map(({ fsPath }) => fsPath), place: 'disk' };
  }
  const flowIds = flowIdsOf(targetsOf(args));
  if (flowIds.length > 0) {
    return requestOfFlows(await sessions.get(), flowIds);
  }
  return pickRequest(sessions);
}

/** The files of flows of the list, in an order that does not depend on how they were picked. */
export function requestOfFlows(session: Session, flowIds: readonly string[]): AssessmentRequest {
  const flows = flowIds.map((flowId) => flowById(session, flowId));
  const [only] = flows;
  const label = flows.length === 1 && only !== undefined ? flowTitle(only) : formatCount(flows.length, 'flow');
  return {
    label,
    sources: flows.map(({ nifiXmlPath }) => nifiXmlPath).sort(),
    place: session.workspace.kind === 'local' ? 'disk' : 'workspace',
  };
}

interface RequestItem extends QuickPickItem {
  readonly request: () => Promise<AssessmentRequest>;
}

async function pickRequest(sessions: Sessions): Promise<AssessmentRequest> {
  const folders = openedFolders();
  const session = sessions.current;
  const flowIds = (session?.model.flows() ?? []).map(({ flowId }) => flowId);
  const items: RequestItem[] = [
    ...folders.map(({ name, path }): RequestItem => ({
      label: name,
      description: path,
      iconPath: new ThemeIcon('folder'),
      request: async () => ({ label: name, sources: [path], place: 'disk' }),
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
  return { label, sources: chosen.map(({ fsPath }) => fsPath), place: 'disk' };
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
