/** What attempts run on, out of what the workspace offers. */
import { l10n } from 'vscode';
import type { Administration } from '../../flows/administration';
import { updateSetting } from '../../platform/databricks';
import type { CommandServices } from '../services';
import { withAdministration } from './administration';
import { ask, BACK, choicesOf, type Back, type Choice, type Question } from './steps';

/** Asks what attempts run on. */
export async function chooseCompute(services: CommandServices, signal: AbortSignal): Promise<void> {
  await withAdministration(services, (administration) =>
    pickCompute(services, administration, { step: null, canGoBack: false }, signal),
  );
}

/** The same as one question of several. */
export async function pickCompute(
  { settings }: CommandServices,
  administration: Administration,
  about: Pick<Question, 'step' | 'canGoBack'>,
  signal: AbortSignal,
): Promise<Back | undefined> {
  const title = l10n.t('Compute');
  const kinds = (
    [
      ['serverless', l10n.t('Serverless'), l10n.t('Starts in seconds, nothing to configure')],
      ['jobCluster', l10n.t('A New Cluster for Each Job…'), l10n.t('Of a runtime and node type that you choose')],
      ['existingCluster', l10n.t('An Existing Cluster…'), l10n.t('Shared by all conversions')],
    ] as const
  ).map(([value, label, detail]) => ({ value, label, detail }));
  for (;;) {
    const picked = await ask({
      ...about,
      title,
      placeholder: l10n.t('What conversions run on'),
      choices: Promise.resolve(choicesOf(kinds, settings.get('compute'))),
    });
    if (picked === BACK) return BACK;
    const kind = kinds.find(({ value }) => value === picked.value)?.value ?? 'serverless';
    const cluster =
      kind === 'serverless' ? settings.get('cluster') : await pickCluster(kind, settings, administration, signal);
    if (cluster !== BACK) {
      await updateSetting('cluster', cluster);
      await updateSetting('compute', kind);
      return undefined;
    }
  }
}

/** The setting `cluster` with what is chosen in it. */
async function pickCluster(
  kind: 'jobCluster' | 'existingCluster',
  settings: CommandServices['settings'],
  administration: Administration,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | Back> {
  const cluster = settings.get('cluster');
  const offered = administration.computeOptions(signal);
  const one = async (title: string, of: 'runtimes' | 'nodeTypes' | 'clusters', now: unknown): Promise<Choice | Back> =>
    ask({
      title,
      placeholder: l10n.t('What this workspace offers'),
      choices: offered.then((options) => choicesOf(options[of], textOf(now))),
      step: null,
      canGoBack: true,
    });
  if (kind === 'existingCluster') {
    const picked = await one(l10n.t('Existing Cluster'), 'clusters', cluster['existing_cluster_id']);
    return picked === BACK ? BACK : { existing_cluster_id: picked.value };
  }
  for (;;) {
    const runtime = await one(l10n.t('Runtime'), 'runtimes', cluster['spark_version']);
    if (runtime === BACK) return BACK;
    const node = await one(l10n.t('Node Type'), 'nodeTypes', cluster['node_type_id']);
    if (node === BACK) continue;
    const { existing_cluster_id: _other, ...rest } = cluster;
    return { ...rest, spark_version: runtime.value, node_type_id: node.value };
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
