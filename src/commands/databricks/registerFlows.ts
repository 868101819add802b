/** Flows of this computer in Databricks: their files are copied into the volume and registered, then they can start. */
import { commands, l10n, ThemeIcon, Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { AcceleratorError } from '../../flows/errors';
import { splitFlowPath } from '../../flows/flowPath';
import type { PopulateResult } from '../../flows/workspace';
import { COMMANDS } from '../../platform/contributions';
import { nameInVolume, pathInVolume } from '../../platform/databricks';
import { withLateProgress } from '../../platform/progress';
import { formatCount } from '../../views/format';
import type { CommandServices } from '../services';
import { withAdministration } from './administration';

/** Names listed in the question; the rest is counted. */
const MOST_NAMED = 10;

/**
 * Registers the files a command was called on, the flow in the active editor, or what is picked of this computer's flows.
 * Attempts that ran here stay in the history of this computer.
 */
export async function registerFlows(
  services: CommandServices,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<void> {
  if (services.settings.get('runsOn') !== 'databricks') {
    throw new AcceleratorError(
      'notAvailable',
      l10n.t('Flows are registered in Databricks where conversions run there.'),
      { mend: 'chooseWorkspace' },
    );
  }
  const session = await services.sessions.get();
  const files = (await filesOf(services, args, signal)).map((uri) => ({
    name: nameInVolume(uri),
    read: async () => workspace.fs.readFile(uri),
  }));
  const result = await withAdministration(services, async (administration) => {
    const names = files.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      throw new AcceleratorError(
        'badData',
        l10n.t('Two of the files would be {0} in the volume. Register them from their opened folders.', twice),
      );
    }
    const there = await withLateProgress(l10n.t('Looking at the volume'), signal, (_report, cancelled) =>
      administration.filesThere(names, cancelled),
    );
    await confirm(services.settings.get('volumePath'), names, there.length);
    return withLateProgress(l10n.t('Registering flows'), signal, (report, cancelled) =>
      administration.registerFiles(
        files,
        (done, total) => report(l10n.t('{0} of {1} copied', done, total), (100 * done) / total),
        cancelled,
      ),
    );
  });
  await session.model.refresh(signal);
  await tell(services, result);
}

async function confirm(volumePath: string, names: readonly string[], there: number): Promise<void> {
  const go = l10n.t('Copy and Register');
  const more = names.length - MOST_NAMED;
  const answer = await window.showInformationMessage(
    l10n.t('Register {0} in Databricks?', formatCount(names.length, 'file')),
    {
      modal: true,
      detail: [
        l10n.t('Copied to {0}:', volumePath),
        ...names.slice(0, MOST_NAMED),
        ...(more > 0 ? [l10n.t('and {0} more', more)] : []),
        '',
        ...(there > 0
          ? [
              there === 1
                ? l10n.t('One lies there already and is replaced.')
                : l10n.t('{0} lie there already and are replaced.', there),
            ]
          : []),
        l10n.t('Attempts that ran on this computer stay in its own history.'),
      ].join('\n'),
    },
    go,
  );
  if (answer !== go) {
    throw new AcceleratorError('cancelled', 'Registering was not confirmed.');
  }
}

/** Says what became of it, and offers to convert what is registered now. */
async function tell(services: CommandServices, result: PopulateResult): Promise<void> {
  const { notifier, log, showLog } = services;
  const flowIds = [...result.added, ...result.updated, ...result.unchanged];
  for (const { path, message } of result.problems) {
    log.warn(`${path}: ${message}`);
  }
  const [first] = flowIds;
  if (first === undefined) {
    const [problem] = result.problems;
    throw new AcceleratorError(
      'badData',
      problem === undefined
        ? l10n.t('No flow was registered.')
        : l10n.t('No flow was registered. {0}: {1}', problem.path, problem.message),
      { mend: 'showLog' },
    );
  }
  const known = flowIds.length - result.added.length;
  const message = [
    l10n.t('{0} registered.', formatCount(result.added.length, 'flow')),
    ...(known > 0 ? [l10n.t('{0} known already.', known)] : []),
    ...(result.problems.length > 0 ? [l10n.t('{0} with a problem.', formatCount(result.problems.length, 'file'))] : []),
  ].join(' ');
  const convert = {
    title: flowIds.length === 1 ? l10n.t('Start Conversion') : l10n.t('Start {0} Conversions', flowIds.length),
    run: () =>
      commands.executeCommand(
        COMMANDS.startSelected,
        null,
        flowIds.map((flowId) => ({ flowId })),
      ),
  };
  if (result.problems.length > 0) {
    notifier.warn(message, convert, { title: l10n.t('Show Log'), run: showLog });
  } else {
    notifier.info(message, convert);
  }
  await services.flowsView.reveal(first);
}

async function filesOf(
  services: CommandServices,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<readonly Uri[]> {
  const named = args.flat().filter((arg) => arg instanceof Uri);
  if (named.length > 0) {
    return [...new Map(named.map((uri) => [uri.toString(), uri])).values()];
  }
  const local = await withLateProgress(l10n.t('Looking for NiFi flows'), signal, (_report, cancelled) =>
    localFiles(services, cancelled),
  );
  return pickFiles(services, local);
}

interface LocalFile {
  readonly path: string;
  readonly flows: number;
  /** Attempts that ran on this computer. */
  readonly attempts: number;
}

/** The flow files of the opened folders, with what this computer's history has of them. */
async function localFiles({ openLocal }: CommandServices, signal: AbortSignal): Promise<readonly LocalFile[]> {
  const place = await openLocal();
  try {
    await place.populate(() => undefined, signal);
    const [flows, visible] = [await place.store.listFlows(signal), await place.visibleFlowIds(signal)];
    const files = new Map<string, LocalFile>();
    for (const flow of flows.filter(({ flowId }) => visible?.has(flowId) ?? true)) {
      const path = splitFlowPath(flow.nifiXmlPath).file;
      const file = files.get(path) ?? { path, flows: 0, attempts: 0 };
      files.set(path, { path, flows: file.flows + 1, attempts: file.attempts + flow.totalAttempts });
    }
    return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    place.dispose();
  }
}

interface FileItem extends QuickPickItem {
  readonly uri: Uri | null;
}

/** Asks which; what is not in the volume yet is ticked, and so is nothing but the flow that is open, if one is. */
async function pickFiles(
  { settings, sessions }: CommandServices,
  files: readonly LocalFile[],
): Promise<readonly Uri[]> {
  const registered = new Set(sessions.current?.model.flows().map(({ nifiXmlPath }) => splitFlowPath(nifiXmlPath).file));
  const active = window.activeTextEditor?.document.uri;
  const known = (uri: Uri): boolean => registered.has(pathInVolume(settings.get('volumePath'), uri));
  const uris = files.map(({ path }) => Uri.file(path));
  const open = uris.some((uri) => uri.fsPath === active?.fsPath) ? active?.fsPath : undefined;
  const items = files.map(({ flows, attempts }, index): FileItem => {
    const uri = uris[index] ?? Uri.file('/');
    const parts = [
      ...(flows > 1 ? [formatCount(flows, 'flow')] : []),
      ...(attempts > 0 ? [l10n.t('{0} on this computer', formatCount(attempts, 'attempt'))] : []),
      ...(known(uri) ? [l10n.t('registered')] : []),
    ];
    return {
      label: nameInVolume(uri),
      description: parts.join(', '),
      picked: open === undefined ? !known(uri) : uri.fsPath === open,
      uri,
    };
  });
  const browse: FileItem = { label: l10n.t('Other Files…'), iconPath: new ThemeIcon('folder-opened'), uri: null };
  const picked =
    items.length === 0
      ? [browse]
      : await window.showQuickPick([...items, browse], {
          title: l10n.t('Register Flows in Databricks'),
          placeHolder: l10n.t('Choose the files to copy into the volume'),
          canPickMany: true,
          matchOnDescription: true,
        });
  const chosen = (picked ?? []).flatMap(({ uri }) => (uri === null ? [] : [uri]));
  if (picked?.includes(browse) === true) {
    const more = await window.showOpenDialog({
      title: l10n.t('Register Flows in Databricks'),
      canSelectMany: true,
      filters: { [l10n.t('NiFi flows')]: ['xml', 'json', 'gz', 'snapshot'] },
    });
    chosen.push(...(more ?? []));
  }
  if (chosen.length === 0) {
    throw new AcceleratorError('cancelled', 'No file was picked.');
  }
  return chosen;
}
