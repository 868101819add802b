/** Making a Databricks workspace ready: the guided set-up, the agents, the compute, and an earlier system's history. */
import { commands, l10n, ThemeIcon, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { Administration, Option } from '../../flows/administration';
import { AcceleratorError } from '../../flows/errors';
import { COMMANDS } from '../../platform/contributions';
import { updateSetting } from '../../platform/databricks';
import { withLateProgress } from '../../platform/progress';
import { formatCount } from '../../views/format';
import type { CommandServices } from '../services';
import { signIn, whoAmI } from './signIn';

const DEFAULT_VOLUME = 'nifi';
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Works with a connection of its own and closes it. */
async function using<T>(
  { databricks }: CommandServices,
  work: (administration: Administration) => Promise<T>,
): Promise<T> {
  const administration = await databricks.open();
  try {
    return await work(administration);
  } finally {
    administration.dispose();
  }
}

/** The guided set-up: choices, the plan, and after a yes the work. */
export async function setUpWorkspace(services: CommandServices, signal: AbortSignal): Promise<void> {
  await ensureSignedIn(services, signal);
  // Choices first: nothing is written to the workspace before the plan was confirmed.
  await using(services, (administration) => choosePlaces(services, administration, signal));
  const changed = await using(services, async (administration) => {
    const plan = await withLateProgress(l10n.t('Looking at the workspace'), signal, (_report, cancelled) =>
      administration.planSetUp(cancelled),
    );
    const todo = plan.filter((step) => step.action !== 'there');
    if (todo.length === 0) {
      return 0;
    }
    const go = l10n.t('Set Up');
    const marks = { create: l10n.t('create'), update: l10n.t('change'), there: l10n.t('is there') } as const;
    const answer = await window.showInformationMessage(
      l10n.t('Set up the workspace?'),
      {
        modal: true,
        detail: [
          ...plan.map((step) => `${marks[step.action]}: ${step.title}`),
          '',
          l10n.t('The SQL warehouse is started where tables are made.'),
        ].join('\n'),
      },
      go,
    );
    if (answer !== go) {
      throw new AcceleratorError('cancelled', 'The set-up was not confirmed.');
    }
    let done = 0;
    await withLateProgress(l10n.t('Setting up the workspace'), signal, (report, cancelled) =>
      administration.setUp((result) => {
        done += 1;
        services.log.info(`${result.outcome}: ${result.title}`);
        report(result.title, (100 * done) / (plan.length + 1));
      }, cancelled),
    );
    return todo.length;
  });
  await useRealAgent(services);
  await updateSetting('runsOn', 'databricks');
  services.sessions.reopen();
  services.notifier.info(
    changed === 0
      ? l10n.t('Everything was set up already.')
      : l10n.t('The workspace is set up: {0} made or changed.', formatCount(changed, 'thing')),
    { title: l10n.t('Populate Flows'), run: () => commands.executeCommand(COMMANDS.populateFlows) },
  );
}

async function ensureSignedIn(services: CommandServices, signal: AbortSignal): Promise<void> {
  try {
    await whoAmI(services, signal);
  } catch (error) {
    if (!AcceleratorError.is(error, 'notSignedIn')) {
      throw error;
    }
    services.log.info(`Asking how to sign in: ${error.message}`);
    await signIn(services, signal);
  }
}

/** Asks for warehouse, catalog, schema, volume and compute; each shows what holds now first. */
async function choosePlaces(
  services: CommandServices,
  administration: Administration,
  signal: AbortSignal,
): Promise<void> {
  const { settings } = services;
  const warehouse = await pick(
    l10n.t('Set Up (1 of 5): SQL Warehouse'),
    l10n.t('It holds the tables open. It is started when tables are read, and stops by itself.'),
    await administration.warehouses(signal),
    settings.get('warehouseHttpPath'),
  );
  const catalog = await pick(
    l10n.t('Set Up (2 of 5): Catalog'),
    l10n.t('Where the two tables lie'),
    await administration.catalogs(signal),
    settings.get('catalog'),
  );
  const schema = await pickOrName(
    l10n.t('Set Up (3 of 5): Schema'),
    l10n.t('New Schema…'),
    await administration.schemas(catalog, signal),
    settings.get('schema'),
  );
  const known = await administration.schemas(catalog, signal);
  const volumes = known.some(({ value }) => value === schema)
    ? await administration.volumes(catalog, schema, signal)
    : [];
  const volume = await pickOrName(
    l10n.t('Set Up (4 of 5): Volume With the NiFi Flows'),
    l10n.t('New Volume…'),
    volumes,
    settings.get('volumePath'),
    DEFAULT_VOLUME,
  );
  await pickCompute(services, administration, signal, l10n.t('Set Up (5 of 5): Compute'));
  await updateSetting('warehouseHttpPath', warehouse);
  await updateSetting('catalog', catalog);
  await updateSetting('schema', schema);
  await updateSetting(
    'volumePath',
    volume.startsWith('/') ? volume : ['', 'Volumes', catalog, schema, volume].join('/'),
  );
}

interface Choice extends QuickPickItem {
  readonly value: string | null;
}

function choicesOf(options: readonly Option[], now: string): Choice[] {
  return options
    .map((option) => ({
      label: option.label,
      description: option.value === now ? l10n.t('now') : '',
      detail: option.detail,
      value: option.value,
    }))
    .sort((a, b) => Number(b.value === now) - Number(a.value === now));
}

async function pick(title: string, placeHolder: string, options: readonly Option[], now: string): Promise<string> {
  if (options.length === 0) {
    throw new AcceleratorError('notFound', l10n.t('{0}: you can see none in this workspace.', title), {
      mend: 'checkConnection',
    });
  }
  const picked = await window.showQuickPick(choicesOf(options, now), {
    title,
    placeHolder,
    matchOnDetail: true,
    ignoreFocusOut: true,
  });
  if (picked?.value === undefined || picked.value === null) {
    throw new AcceleratorError('cancelled', 'The set-up was left.');
  }
  return picked.value;
}

async function pickOrName(
  title: string,
  newTitle: string,
  options: readonly Option[],
  now: string,
  suggestion = '',
): Promise<string> {
  const items: Choice[] = [
    ...choicesOf(options, now),
    { label: newTitle, iconPath: new ThemeIcon('add'), value: null },
  ];
  const picked = await window.showQuickPick(items, { title, matchOnDetail: true, ignoreFocusOut: true });
  if (picked === undefined) {
    throw new AcceleratorError('cancelled', 'The set-up was left.');
  }
  if (picked.value !== null) {
    return picked.value;
  }
  const name = await window.showInputBox({
    title: newTitle,
    value: suggestion,
    ignoreFocusOut: true,
    validateInput: (text) =>
      IDENTIFIER.test(text) ? undefined : l10n.t('Letters, digits, _ and -, with a letter or _ first.'),
  });
  if (name === undefined) {
    throw new AcceleratorError('cancelled', 'The set-up was left.');
  }
  return name;
}

/** Asks what attempts run on, out of what the workspace offers. */
export async function chooseCompute(services: CommandServices, signal: AbortSignal): Promise<void> {
  await using(services, (administration) => pickCompute(services, administration, signal));
}

async function pickCompute(
  { settings }: CommandServices,
  administration: Administration,
  signal: AbortSignal,
  title = l10n.t('Choose Compute'),
): Promise<void> {
  const now = settings.get('compute');
  const items = (
    [
      ['serverless', l10n.t('Serverless'), l10n.t('starts in seconds, nothing to configure')],
      ['jobCluster', l10n.t('A New Cluster for Each Job…'), l10n.t('of a runtime and node type that you choose')],
      ['existingCluster', l10n.t('An Existing Cluster…'), l10n.t('shared by all conversions')],
    ] as const
  ).map(([value, label, detail]) => ({ value, label, detail, description: value === now ? l10n.t('now') : '' }));
  const picked = await window.showQuickPick(items, { title, ignoreFocusOut: true });
  if (picked === undefined) {
    throw new AcceleratorError('cancelled', 'No compute was picked.');
  }
  const cluster = settings.get('cluster');
  if (picked.value === 'jobCluster') {
    const offered = await administration.computeOptions(signal);
    const runtime = await pick(title, l10n.t('Runtime'), offered.runtimes, textOf(cluster['spark_version']));
    const node = await pick(title, l10n.t('Node type'), offered.nodeTypes, textOf(cluster['node_type_id']));
    const { existing_cluster_id: _other, ...rest } = cluster;
    await updateSetting('cluster', { ...rest, spark_version: runtime, node_type_id: node });
  } else if (picked.value === 'existingCluster') {
    const { clusters } = await administration.computeOptions(signal);
    const id = await pick(title, l10n.t('Cluster'), clusters, textOf(cluster['existing_cluster_id']));
    await updateSetting('cluster', { existing_cluster_id: id });
  }
  await updateSetting('compute', picked.value);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Uploads what runs on the cluster, and has attempts use the agent that converts. */
export async function uploadAgent(services: CommandServices, signal: AbortSignal): Promise<void> {
  await using(services, async (administration) => {
    const path = await withLateProgress(l10n.t('Uploading the agents'), signal, (report, cancelled) =>
      administration.uploadAgents((done, total) => report(`${done} / ${total}`, (100 * done) / total), cancelled),
    );
    await updateSetting('agentNotebookPath', path);
    services.notifier.info(l10n.t('The agent is there: {0}', path));
  });
}

/** The set-up uploads both agents; conversions that convert want the real one. */
async function useRealAgent({ settings }: CommandServices): Promise<void> {
  const path = settings.get('agentNotebookPath');
  if (path.endsWith('_dummy_agent')) {
    await updateSetting('agentNotebookPath', path.replace(/_dummy_agent$/, '_agent'));
  }
}

/** Makes history of an earlier system's table, after a yes. */
export async function migrateFlows(services: CommandServices, signal: AbortSignal): Promise<void> {
  const go = l10n.t('Migrate');
  const answer = await window.showWarningMessage(
    l10n.t('Make history of what an earlier system recorded?'),
    {
      modal: true,
      detail: l10n.t(
        'Every flow that was ever converted gets one row of history. The table of flows is copied first. It may run again at any time; run it while no conversion writes.',
      ),
    },
    go,
  );
  if (answer !== go) {
    throw new AcceleratorError('cancelled', 'The migration was not confirmed.');
  }
  const lines = await using(services, (administration) =>
    withLateProgress(l10n.t('Migrating'), signal, (report, cancelled) =>
      administration.migrate((statement, of) => report(l10n.t('Step {0} of {1}', statement, of)), cancelled),
    ),
  );
  for (const { what, ok, found } of lines) {
    services.log.info(`${ok ? 'ok' : 'LOOK'}: ${what} (${found})`);
  }
  const bad = lines.filter((line) => !line.ok);
  const text = lines.map(({ what, found }) => `${what}: ${found}`).join('; ');
  if (bad.length > 0) {
    services.notifier.warn(
      l10n.t('The migration needs a look: {0}', bad.map(({ what, found }) => `${what}: ${found}`).join('; ')),
      { title: l10n.t('Show Log'), run: services.showLog },
    );
  } else {
    services.notifier.info(l10n.t('Migrated. {0}.', text));
  }
  const session = await services.sessions.get();
  await session.reconcile(signal);
  await session.model.refresh(signal);
}
