/** What only a flow or an attempt on Databricks has: a page in the browser, and a file that has to get there first. */
import { env, l10n, Uri, window, workspace } from 'vscode';
import { AcceleratorError } from '../../flows/errors';
import { withLateProgress } from '../../platform/progress';
import { formatCount } from '../../views/format';
import type { CommandServices } from '../services';
import { targetsOf } from '../targets';

/** Opens the run of an attempt in the browser: of the one named, or of the flow's current one. */
export async function openRun(services: CommandServices, args: readonly unknown[], signal: AbortSignal): Promise<void> {
  const session = await services.sessions.get();
  const [target] = targetsOf(args);
  const attemptId = target?.attemptId ?? (target === undefined ? null : currentAttempt(services, target.flowId));
  const [attempt] = attemptId === null ? [] : await session.workspace.store.getAttempts([attemptId], signal);
  if (attempt === undefined) {
    throw new AcceleratorError('notFound', l10n.t('No attempt was named that has a run.'), { mend: 'viewHistory' });
  }
  const url = await session.workspace.runner.runUrl(
    {
      attemptId: attempt.attemptId,
      jobName: attempt.jobName,
      jobId: attempt.databricksJobId,
      runId: attempt.databricksRunId,
      startedAt: attempt.startedAt,
    },
    signal,
  );
  if (url === null) {
    throw new AcceleratorError('notFound', l10n.t('Attempt {0} has no page to open.', attempt.attemptNumber));
  }
  await env.openExternal(Uri.parse(url, true));
}

function currentAttempt({ sessions }: CommandServices, flowId: string): string | null {
  return sessions.current?.model.flow(flowId)?.currentAttemptId ?? null;
}

/** Copies files of this computer into the volume and registers their flows. Their local history stays where it is. */
export async function registerFlows(
  services: CommandServices,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<void> {
  if (services.settings.get('runsOn') !== 'databricks') {
    throw new AcceleratorError(
      'notAvailable',
      l10n.t('Flows are registered in Databricks where conversions run there.'),
      {
        mend: 'chooseWorkspace',
      },
    );
  }
  const uris = await filesOf(args);
  const session = await services.sessions.get();
  const go = l10n.t('Copy and Register');
  const answer = await window.showInformationMessage(
    l10n.t('Register {0} in Databricks?', formatCount(uris.length, 'file')),
    {
      modal: true,
      detail: l10n.t(
        'Copied to {0}:\n{1}\n\nAttempts that ran on this computer stay in the history of this computer.',
        services.settings.get('volumePath'),
        uris.map((uri) => workspace.asRelativePath(uri)).join('\n'),
      ),
    },
    go,
  );
  if (answer !== go) {
    throw new AcceleratorError('cancelled', 'Registering was not confirmed.');
  }
  const result = await withLateProgress(l10n.t('Registering flows'), signal, async (_report, cancelled) => {
    const administration = await services.databricks.open();
    try {
      const files = await Promise.all(
        uris.map(async (uri) => ({
          name: workspace.asRelativePath(uri, true).replaceAll('\\', '/'),
          content: await workspace.fs.readFile(uri),
        })),
      );
      return await administration.registerFiles(files, cancelled);
    } finally {
      administration.dispose();
    }
  });
  await session.model.refresh(signal);
  services.notifier.info(
    l10n.t(
      '{0} registered, {1} known already.',
      formatCount(result.added.length, 'flow'),
      result.updated.length + result.unchanged.length,
    ),
  );
  const [first] = [...result.added, ...result.updated, ...result.unchanged];
  if (first !== undefined) {
    await services.flowsView.reveal(first);
  }
}

async function filesOf(args: readonly unknown[]): Promise<readonly Uri[]> {
  const named = args.flat().filter((arg) => arg instanceof Uri);
  if (named.length > 0) {
    return [...new Map(named.map((uri) => [uri.toString(), uri])).values()];
  }
  const active = window.activeTextEditor?.document.uri;
  if (active?.scheme === 'file') {
    return [active];
  }
  const picked = await window.showOpenDialog({
    title: l10n.t('Register Flows in Databricks'),
    canSelectMany: true,
    filters: { [l10n.t('NiFi flows')]: ['xml', 'json', 'gz', 'snapshot'] },
  });
  if (picked === undefined || picked.length === 0) {
    throw new AcceleratorError('cancelled', 'No file was picked.');
  }
  return picked;
}
