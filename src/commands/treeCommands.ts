/** What shapes the tree: refresh, filter, grouping, pages; and what a person notes on a flow. */
import { commands, l10n, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import * as z from 'zod/mini';
import { AcceleratorError } from '../flows/errors';
import type { FlowChange } from '../flows/flowStore';
import type { FlowView } from '../flows/flowsModel';
import { VIEWS } from '../platform/contributions';
import { flowTitle, formatCount } from '../views/format';
import { GROUPINGS } from '../views/flowsTree/projection';
import type { Grouping } from '../views/flowsTree/projection';
import { flowById, pickFlow } from './picks';
import type { CommandRegistry } from './registry';
import type { CommandServices } from './services';
import { flowIdsOf, targetsOf } from './targets';

const PRIORITIES = ['high', 'medium', 'low'] as const;
/** Pause in typing after which the tree is filtered. */
const TYPING_MS = 150;

const moreSchema = z.union([
  z.object({ list: z.literal('flows'), groupKey: z.string() }),
  z.object({ list: z.literal('attempts'), flowId: z.string() }),
]);
const filterSchema = z.object({ filter: z.string() });

export function registerTreeCommands(registry: CommandRegistry, services: CommandServices): void {
  const { sessions, flowsView } = services;

  registry.register('refreshFlows', async (args, signal) => {
    const [target] = targetsOf(args);
    if (target !== undefined) {
      flowsView.provider.forgetHistory(target.flowId);
    }
    if (sessions.current === undefined) {
      sessions.reopen();
      await sessions.get();
      return;
    }
    const session = sessions.current;
    if (!session.workspace.readsCostMoney) {
      await session.populate(() => undefined, signal);
    } else {
      await session.model.refresh(signal);
    }
  });

  registry.register('filterFlows', async (args) => {
    const given = z.safeParse(filterSchema, args[0]);
    await commands.executeCommand(`${VIEWS.flows}.focus`);
    if (given.success) {
      flowsView.setFilter(given.data.filter);
    } else {
      await askForFilter(services);
    }
  });

  registry.register('clearFilter', () => flowsView.setFilter(''));

  registry.register('groupFlows', async () => {
    const labels: Readonly<Record<Grouping, string>> = {
      server: l10n.t('Server'),
      status: l10n.t('Status'),
      owner: l10n.t('Owner'),
    };
    const items: (QuickPickItem & { readonly grouping: Grouping })[] = GROUPINGS.map((grouping) => ({
      grouping,
      label: labels[grouping],
      description: grouping === flowsView.provider.grouping ? l10n.t('now') : '',
    }));
    const picked = await window.showQuickPick(items, { title: l10n.t('Group Flows By') });
    if (picked !== undefined) {
      flowsView.setGrouping(picked.grouping);
    }
  });

  registry.register('showMore', (args) => {
    const more = z.safeParse(moreSchema, args[0]);
    if (more.success) {
      flowsView.provider.showMore(more.data);
    }
  });

  registry.register('setOwner', async (args, signal) => {
    const flows = await flowsToNote(services, args, l10n.t('Set Owner'));
    const owner = await window.showInputBox({
      title: titleFor(l10n.t('Owner'), flows),
      prompt: l10n.t('Who looks after it. Empty: nobody.'),
      value: sameValue(flows.map((flow) => flow.owner)),
    });
    if (owner !== undefined) {
      await note(services, flows, { owner: owner.trim() === '' ? null : owner.trim() }, signal);
    }
  });

  registry.register('setPriority', async (args, signal) => {
    const flows = await flowsToNote(services, args, l10n.t('Set Priority'));
    const now = sameValue(flows.map((flow) => flow.priority));
    const items: (QuickPickItem & { readonly priority: string | null })[] = [
      ...PRIORITIES.map((priority) => ({
        priority,
        label: priority,
        description: priority === now ? l10n.t('now') : '',
      })),
      { priority: null, label: l10n.t('none'), description: now === '' ? l10n.t('now') : '' },
    ];
    const picked = await window.showQuickPick(items, { title: titleFor(l10n.t('Priority'), flows) });
    if (picked !== undefined) {
      await note(services, flows, { priority: picked.priority }, signal);
    }
  });
}

/** Filters while the person types; Escape brings the earlier filter back. */
function askForFilter({ flowsView }: CommandServices): Promise<void> {
  const earlier = flowsView.provider.filter;
  const input = window.createInputBox();
  input.title = l10n.t('Filter Flows');
  input.placeholder = l10n.t('Words of a name, server, owner, priority, status or path');
  input.value = earlier;
  let typing: NodeJS.Timeout | undefined;
  let accepted = false;
  return new Promise((resolve) => {
    input.onDidChangeValue((value) => {
      clearTimeout(typing);
      typing = setTimeout(() => flowsView.setFilter(value), TYPING_MS);
    });
    input.onDidAccept(() => {
      accepted = true;
      input.hide();
    });
    input.onDidHide(() => {
      clearTimeout(typing);
      flowsView.setFilter(accepted ? input.value : earlier);
      input.dispose();
      resolve();
    });
    input.show();
  });
}

async function flowsToNote(
  { sessions }: CommandServices,
  args: readonly unknown[],
  title: string,
): Promise<readonly FlowView[]> {
  const session = await sessions.get();
  const flowIds = flowIdsOf(targetsOf(args));
  return flowIds.length > 0
    ? flowIds.map((flowId) => flowById(session, flowId))
    : [await pickFlow(session, title, () => true, l10n.t('No flows are known here yet.'))];
}

function titleFor(what: string, flows: readonly FlowView[]): string {
  const [first] = flows;
  const whose = flows.length === 1 && first !== undefined ? flowTitle(first) : formatCount(flows.length, 'flow');
  return l10n.t('{0} of {1}', what, whose);
}

/** The value that all share; empty where they differ or have none. */
function sameValue(values: readonly (string | null)[]): string {
  const [first] = values;
  return values.every((value) => value === first) ? (first ?? '') : '';
}

async function note(
  { sessions }: CommandServices,
  flows: readonly FlowView[],
  change: FlowChange,
  signal: AbortSignal,
): Promise<void> {
  const session = sessions.current;
  if (session === undefined) {
    throw new AcceleratorError('cancelled', 'The workspace was closed meanwhile.');
  }
  for (const flow of flows) {
    await session.workspace.store.updateFlow(flow.flowId, change, signal);
  }
  await session.model.refreshFlows(
    flows.map((flow) => flow.flowId),
    signal,
  );
}
