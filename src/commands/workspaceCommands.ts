/** The place where conversions run: choosing it, filling it, checking it, cleaning it up; and the list of active runs. */
import { commands, ConfigurationTarget, l10n, ThemeIcon, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import type { PopulateResult, WorkspaceKind } from '../flows/workspace';
import { SETTINGS_SECTION } from '../platform/contributions';
import type { SettingName } from '../platform/contributions';
import { withLateProgress } from '../platform/progress';
import { formatCount } from '../views/format';
import { showActiveRuns } from './activeRuns';
import type { CommandRegistry } from './registry';
import type { CommandServices } from './services';

export function registerWorkspaceCommands(registry: CommandRegistry, services: CommandServices): void {
  const { sessions, notifier, settings, log, showLog } = services;

  registry.register('populateFlows', async (_args, signal) => {
    const session = await sessions.get();
    if (session.workspace.kind === 'local' && (workspace.workspaceFolders ?? []).length === 0) {
      throw new AcceleratorError('notFound', l10n.t('Flows are looked for in the opened folders. None is open.'), {
        mend: 'openFolder',
      });
    }
    const result = await withLateProgress(l10n.t('Looking for NiFi flows'), signal, (report, cancelled) =>
      session.populate(
        ({ scanned, found }) =>
          report(l10n.t('{0} looked at, {1} found', formatCount(scanned, 'file'), formatCount(found, 'flow'))),
        cancelled,
      ),
    );
    tellPopulated(services, result);
  });

  registry.register('cleanUpJobs', async (_args, signal) => {
    const session = await sessions.get();
    const plan = await withLateProgress(l10n.t('Looking at old jobs'), signal, (_report, cancelled) =>
      session.retention.plan(cancelled),
    );
    const keep = settings.get('keepLatestJobs');
    if (plan.remove.length === 0) {
      notifier.info(l10n.t('No old job is there to remove: the latest {0} of each flow are kept.', keep));
      return;
    }
    for (const job of plan.remove) {
      log.info(`Would remove job ${job.jobId} of ${job.attemptId}, made ${job.createdAt.toISOString()}.`);
    }
    const go = l10n.t('Remove {0}', formatCount(plan.remove.length, 'Job'));
    const flows = new Set(plan.remove.map((job) => job.flowId)).size;
    const answer = await window.showWarningMessage(
      l10n.t('Remove {0}?', formatCount(plan.remove.length, 'old job')),
      {
        modal: true,
        detail: l10n.t(
          'They belong to {0}. {1} are kept: the latest {2} of each flow, and every active one. The history of all attempts stays. The log lists the jobs.',
          formatCount(flows, 'flow'),
          formatCount(plan.keep.length, 'job'),
          keep,
        ),
      },
      go,
    );
    if (answer !== go) {
      throw new AcceleratorError('cancelled', 'The clean-up was not confirmed.');
    }
    const result = await withLateProgress(l10n.t('Removing old jobs'), signal, (_report, cancelled) =>
      session.retention.apply(plan, cancelled),
    );
    for (const { jobId, error } of result.failed) {
      log.warn(`Job ${jobId} could not be removed.`, error);
    }
    if (result.failed.length > 0) {
      notifier.warn(
        l10n.t('{0} removed, {1} could not be.', formatCount(result.removed.length, 'job'), result.failed.length),
        { title: l10n.t('Show Log'), run: showLog },
      );
    } else {
      notifier.info(l10n.t('{0} removed.', formatCount(result.removed.length, 'old job')));
    }
  });

  registry.register('chooseWorkspace', () => chooseWorkspace(services));

  registry.register('checkConnection', async (_args, signal) => {
    if (settings.get('runsOn') === 'databricks') {
      await (await import('./databricks/actions')).checkConnection(services, signal);
      return;
    }
    // A place that failed to open is tried anew: that is the check.
    if (sessions.failure !== undefined) {
      sessions.reopen();
    }
    const session = await sessions.get();
    const { workspace: place } = session;
    const flows = await withLateProgress(l10n.t('Checking'), signal, async (report, cancelled) => {
      report(l10n.t('Tables'));
      const stored = await place.store.listFlows(cancelled);
      report(l10n.t('What a start needs'));
      await place.checkCanStart(cancelled);
      return stored.length;
    });
    notifier.info(
      l10n.t(
        'Conversions can run on this computer: storage, Python and agent are there, {0} stored.',
        formatCount(flows, 'flow'),
      ),
    );
  });

  registry.register('choosePython', () => choosePython());
  registry.register('showLog', () => showLog());
  registry.register('openSettings', async () => openSetting(null));
  registry.register('showActiveRuns', () => showActiveRuns(services));
}

function tellPopulated({ notifier, showLog }: CommandServices, result: PopulateResult): void {
  const all = result.added.length + result.updated.length + result.unchanged.length;
  const message = [
    all === 0
      ? l10n.t('No NiFi flows were found.')
      : l10n.t('{0} found, {1} of them new.', formatCount(all, 'flow'), result.added.length),
    ...(result.problems.length === 0
      ? []
      : [l10n.t('{0} could not be read.', formatCount(result.problems.length, 'file'))]),
  ].join(' ');
  if (result.problems.length > 0) {
    notifier.warn(message, { title: l10n.t('Show Log'), run: showLog });
  } else {
    notifier.info(message);
  }
}

async function openSetting(name: SettingName | null): Promise<void> {
  const query = name === null ? `${SETTINGS_SECTION}.` : `@id:${SETTINGS_SECTION}.${name}`;
  await commands.executeCommand('workbench.action.openSettings', query);
}

async function chooseWorkspace({ settings }: CommandServices): Promise<void> {
  const now = settings.get('runsOn');
  const items: (QuickPickItem & { readonly place: WorkspaceKind })[] = [
    {
      place: 'local',
      label: l10n.t('This Computer'),
      iconPath: new ThemeIcon('device-desktop'),
      detail: l10n.t('Flows of the opened folders, runs in local Python, history in a file of the extension.'),
    },
    {
      place: 'databricks',
      label: 'Databricks',
      iconPath: new ThemeIcon('cloud'),
      detail: l10n.t('Flows, runs and history in a Databricks workspace.'),
    },
  ];
  const picked = await window.showQuickPick(
    items.map((item) => (item.place === now ? { ...item, description: l10n.t('now') } : item)),
    { title: l10n.t('Where Conversions Run') },
  );
  if (picked === undefined || picked.place === now) {
    return;
  }
  const hasFolder = (workspace.workspaceFolders ?? []).length > 0;
  await workspace
    .getConfiguration(SETTINGS_SECTION)
    .update(
      'runsOn' satisfies SettingName,
      picked.place,
      hasFolder ? ConfigurationTarget.Workspace : ConfigurationTarget.Global,
    );
}

async function choosePython(): Promise<void> {
  const browse = l10n.t('Browse…');
  const open = l10n.t('Open Setting');
  const picked = await window.showQuickPick(
    [
      { label: browse, iconPath: new ThemeIcon('folder-opened'), detail: l10n.t('A Python program, 3.9 or later') },
      { label: open, iconPath: new ThemeIcon('gear'), detail: `${SETTINGS_SECTION}.pythonPath` },
    ],
    { title: l10n.t('Choose Python') },
  );
  if (picked?.label === open) {
    await openSetting('pythonPath');
    return;
  }
  if (picked?.label !== browse) {
    return;
  }
  const files = await window.showOpenDialog({ title: l10n.t('Choose Python'), canSelectMany: false });
  const [file] = files ?? [];
  if (file !== undefined) {
    await workspace
      .getConfiguration(SETTINGS_SECTION)
      .update('pythonPath' satisfies SettingName, file.fsPath, ConfigurationTarget.Global);
  }
}
