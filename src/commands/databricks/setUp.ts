/** Making a Databricks workspace ready: the guided set-up, and the agents by themselves. */
import { commands, l10n, window } from 'vscode';
import type { SetUpStep } from '../../flows/administration';
import { AcceleratorError } from '../../flows/errors';
import { COMMANDS } from '../../platform/contributions';
import { isSet, updateSetting } from '../../platform/databricks';
import { withLateProgress } from '../../platform/progress';
import { formatCount } from '../../views/format';
import type { CommandServices } from '../services';
import { withAdministration } from './administration';
import { choosePlace } from './setUpChoices';

/** The guided set-up: choices, the plan, and after a yes the work. Each part may be left, and the whole run again. */
export async function setUpWorkspace(services: CommandServices, signal: AbortSignal): Promise<void> {
  // Choices first: nothing is written to the workspace before the plan was confirmed.
  await choosePlace(services, signal);
  const results = await withAdministration(services, async (administration) => {
    const plan = await withLateProgress(l10n.t('Looking at the workspace'), signal, (_report, cancelled) =>
      administration.planSetUp(cancelled),
    );
    if (plan.every((step) => step.action === 'there')) {
      return [];
    }
    await confirm(plan);
    return withLateProgress(l10n.t('Setting up the workspace'), signal, (report, cancelled) => {
      let done = 0;
      return administration.setUp((result) => {
        done += 1;
        services.log.info(`${result.outcome}: ${result.title}`);
        report(result.title, (100 * done) / (plan.length + 1));
      }, cancelled);
    });
  });
  await useRealAgent(services);
  await updateSetting('runsOn', 'databricks');
  services.sessions.reopen();
  const changed = results.filter(({ outcome }) => outcome === 'done').length;
  services.notifier.info(
    changed === 0
      ? l10n.t('Everything was set up already.')
      : l10n.t('The workspace is set up: {0} done, the rest was there.', formatCount(changed, 'step')),
    { title: l10n.t('Populate Flows'), run: () => commands.executeCommand(COMMANDS.populateFlows) },
    { title: l10n.t('Show Log'), run: services.showLog },
  );
}

async function confirm(plan: readonly SetUpStep[]): Promise<void> {
  const go = l10n.t('Set Up');
  const marks = { create: l10n.t('Create'), update: l10n.t('Change'), there: l10n.t('Is there') } as const;
  const lines = (['create', 'update', 'there'] as const).flatMap((action) => {
    const steps = plan.filter((step) => step.action === action);
    return steps.length === 0 ? [] : ['', `${marks[action]}:`, ...steps.map(({ title }) => `• ${title}`)];
  });
  const answer = await window.showInformationMessage(
    l10n.t('Set up the workspace?'),
    {
      modal: true,
      detail: [l10n.t('The SQL warehouse is started where tables are made or changed.'), ...lines].join('\n'),
    },
    go,
  );
  if (answer !== go) {
    throw new AcceleratorError('cancelled', 'The set-up was not confirmed.');
  }
}

/** Uploads what runs on the cluster, and has attempts use the agent that converts. */
export async function uploadAgent(services: CommandServices, signal: AbortSignal): Promise<void> {
  await withAdministration(services, async (administration) => {
    const path = await withLateProgress(l10n.t('Uploading the agents'), signal, (report, cancelled) =>
      administration.uploadAgents((done, total) => report(`${done} / ${total}`, (100 * done) / total), cancelled),
    );
    await updateSetting('agentNotebookPath', path);
    services.notifier.info(l10n.t('The agent is there: {0}', path));
  });
}

/** The set-up uploads both agents; who has chosen none wants the one that converts. */
async function useRealAgent({ settings }: CommandServices): Promise<void> {
  const path = settings.get('agentNotebookPath');
  if (!isSet('agentNotebookPath') && path.endsWith('_dummy_agent')) {
    await updateSetting('agentNotebookPath', path.replace(/_dummy_agent$/, '_agent'));
  }
}
