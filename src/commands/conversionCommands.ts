/** Starting, cancelling and trying again: on one flow, on a selection, or on what is picked. */
import { l10n, window, workspace } from 'vscode';
import type { StartResult } from '../flows/conversions';
import { AcceleratorError } from '../flows/errors';
import type { FlowView } from '../flows/flowsModel';
import { startedAttemptOf } from '../flows/liveAttempt';
import type { TriggerKind } from '../flows/model';
import { databricksSettings } from '../platform/databricks';
import { withLateProgress } from '../platform/progress';
import type { Session } from '../platform/session';
import { flowTitle, formatCount } from '../views/format';
import { flowTraits } from '../views/flowsTree/rows';
import { flowById, pickFlow, pickFlows } from './picks';
import type { CommandRegistry } from './registry';
import type { CommandServices } from './services';
import { startSummary } from './startSummary';
import { flowIdsOf, groupKeysOf, targetsOf } from './targets';

/** A flow that may start now, for the first time or again. */
export function mayStart(flow: FlowView): boolean {
  const traits = flowTraits(flow);
  return traits.includes('startable') || traits.includes('retryable');
}

export function registerConversionCommands(registry: CommandRegistry, services: CommandServices): void {
  const { sessions, flowsView } = services;

  registry.register('startConversion', async (args, signal) => {
    const session = await sessions.get();
    const targets = flowIdsOf(targetsOf(args));
    if (targets.length > 1) {
      return startMany(services, session, targets, 'bulk', signal);
    }
    const [flowId] = targets;
    const flow =
      flowId === undefined
        ? await pickFlow(session, l10n.t('Start Conversion'), mayStart, l10n.t('No flow can start now.'))
        : flowById(session, flowId);
    return start(services, session, [flow], 'user', signal);
  });

  registry.register('startSelected', async (args, signal) => {
    const session = await sessions.get();
    const inGroups = groupKeysOf(args).flatMap((key) => flowsView.provider.flowsOfGroup(key).map((one) => one.flowId));
    const called = [...flowIdsOf(targetsOf(args)), ...inGroups];
    const selected = called.length > 0 ? called : flowIdsOf(targetsOf([null, [...flowsView.selection]]));
    const flowIds =
      selected.length > 0
        ? [...new Set(selected)]
        : (await pickFlows(session, l10n.t('Start Conversions'), mayStart, l10n.t('No flow can start now.'))).map(
            ({ flowId }) => flowId,
          );
    return startMany(services, session, flowIds, 'bulk', signal);
  });

  registry.register('retryConversion', async (args, signal) => {
    const session = await sessions.get();
    const targets = flowIdsOf(targetsOf(args));
    if (targets.length > 1) {
      return startMany(services, session, targets, 'retry', signal);
    }
    const [flowId] = targets;
    const flow =
      flowId === undefined
        ? await pickFlow(
            session,
            l10n.t('Retry Conversion'),
            (one) => flowTraits(one).includes('retryable'),
            l10n.t('No flow needs another try.'),
          )
        : flowById(session, flowId);
    return start(services, session, [flow], 'retry', signal);
  });

  registry.register('cancelConversion', async (args, signal) => {
    const session = await sessions.get();
    await cancel(services, session, args, signal);
  });
}

/** Asks before several start at once: each is a job of its own. */
async function startMany(
  services: CommandServices,
  session: Session,
  flowIds: readonly string[],
  trigger: TriggerKind,
  signal: AbortSignal,
): Promise<readonly StartResult[]> {
  const flows = flowIds.map((flowId) => flowById(session, flowId));
  const fitting = flows.filter(mayStart);
  const [first] = fitting;
  if (first === undefined) {
    throw new AcceleratorError(
      'alreadyConverting',
      l10n.t('None of the selected flows can start now: they are converting, or their files were not found.'),
    );
  }
  if (fitting.length === 1 && flows.length === 1) {
    return start(services, session, fitting, trigger === 'bulk' ? 'user' : trigger, signal);
  }
  const count = formatCount(fitting.length, 'Conversion');
  const go = trigger === 'retry' ? l10n.t('Retry {0}', count) : l10n.t('Start {0}', count);
  const answer = await window.showWarningMessage(
    trigger === 'retry'
      ? l10n.t('Try {0} again?', formatCount(fitting.length, 'conversion'))
      : l10n.t('Start {0}?', formatCount(fitting.length, 'conversion')),
    { modal: true, detail: await bulkDetail(services, session, fitting, flows.length - fitting.length) },
    go,
  );
  if (answer !== go) {
    throw new AcceleratorError('cancelled', 'The start was not confirmed.');
  }
  return start(services, session, fitting, trigger, signal);
}

/** What a bulk starts and on what, since each start costs; then what else a person may not expect. */
async function bulkDetail(
  { settings }: CommandServices,
  session: Session,
  flows: readonly FlowView[],
  leftOut: number,
): Promise<string> {
  const again = flows.filter((flow) => flow.totalAttempts > 0).length;
  const lines =
    session.workspace.kind === 'local'
      ? [l10n.t('They run on this computer, at most {0} at a time.', settings.get('localMaxRuns'))]
      : [...(await import('./databricks/actions')).startLines(flows.length, databricksSettings(settings))];
  if (again > 0) {
    lines.push(l10n.t('{0} of them were attempted before; their history is kept.', again));
  }
  if (leftOut > 0) {
    lines.push(l10n.t('{0} cannot start now and are left out.', formatCount(leftOut, 'selected flow')));
  }
  return lines.join('\n');
}

async function start(
  services: CommandServices,
  session: Session,
  flows: readonly FlowView[],
  trigger: TriggerKind,
  signal: AbortSignal,
): Promise<readonly StartResult[]> {
  assertTrusted();
  assertSource(flows);
  const [only] = flows;
  const title =
    flows.length === 1 && only !== undefined
      ? l10n.t('Starting the conversion of {0}', flowTitle(only))
      : l10n.t('Starting {0}', formatCount(flows.length, 'conversion'));
  const results = await withLateProgress(title, signal, async (report, cancelled) => {
    await session.workspace.checkCanStart(cancelled);
    return session.conversions.startMany(
      flows.map((flow) => flow.flowId),
      trigger,
      {
        signal: cancelled,
        onProgress: ({ done, total }) => {
          if (total > 1) {
            report(l10n.t('{0} of {1}', done, total), (100 * done) / total);
          }
        },
      },
    );
  });
  const started = results.flatMap((result) => (result.outcome === 'started' ? [result.attemptId] : []));
  services.endNotices.expect(started);
  // Whoever came first is followed as well.
  session.monitor.follow(
    results.flatMap((result) =>
      result.outcome === 'lost' && result.current ? [startedAttemptOf(result.current)] : [],
    ),
  );
  session.monitor.poke();
  try {
    await session.model.refreshFlows(
      flows.map((flow) => flow.flowId),
      signal,
    );
  } finally {
    // What did not start is told even where nothing can be read.
    tell(services, session, results);
  }
  if (flows.length === 1 && only !== undefined && started.length === 1) {
    await services.flowsView.reveal(only.flowId);
  }
  return results;
}

/** Says what did not start; what did is seen in the tree. */
function tell(services: CommandServices, session: Session, results: readonly StartResult[]): void {
  const [only] = results;
  if (results.length === 1 && only?.outcome === 'failed') {
    throw only.error;
  }
  const summary = startSummary(results, (flowId) => {
    const flow = session.model.flow(flowId);
    return flow === null ? flowId : flowTitle(flow);
  });
  if (summary === null) {
    return;
  }
  const { flowId } = summary;
  services.notifier[summary.severity](
    summary.message,
    ...(flowId === null
      ? [{ title: l10n.t('Show Log'), run: services.showLog }]
      : [{ title: l10n.t('View History'), run: () => services.history.show(flowId) }]),
  );
}

/** Throws `notTrusted` where this window may start no program. */
export function assertTrusted(): void {
  if (!workspace.isTrusted) {
    throw new AcceleratorError('notTrusted', l10n.t('A conversion runs a program, and this folder is not trusted.'), {
      mend: 'trustFolder',
    });
  }
}

function assertSource(flows: readonly FlowView[]): void {
  const [only] = flows;
  if (flows.length === 1 && only !== undefined && !only.source.exists) {
    throw new AcceleratorError(
      'flowFileMissing',
      l10n.t('{0} cannot start. Its file was not found: {1}', flowTitle(only), only.nifiXmlPath),
      { mend: 'populateFlows' },
    );
  }
}

async function cancel(
  services: CommandServices,
  session: Session,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<void> {
  const targets = targetsOf(args);
  const attemptIds = (
    targets.length > 0
      ? targets.map((target) => target.attemptId ?? activeAttemptOf(session, target.flowId))
      : [
          (
            await pickFlow(
              session,
              l10n.t('Cancel Conversion'),
              (flow) => flow.status === 'CONVERTING',
              l10n.t('No conversion is running.'),
            )
          ).currentAttemptId,
        ]
  ).filter((id) => id !== null);
  if (attemptIds.length === 0) {
    throw new AcceleratorError('notFound', l10n.t('None of the selected conversions is running.'));
  }
  if (attemptIds.length > 1 && !(await confirmCancel(attemptIds.length))) {
    throw new AcceleratorError('cancelled', 'The cancel was not confirmed.');
  }
  const results = await withLateProgress(l10n.t('Cancelling'), signal, (_report, cancelled) =>
    Promise.allSettled(attemptIds.map((attemptId) => session.conversions.cancel(attemptId, cancelled))),
  );
  session.monitor.poke();
  await session.model.refresh(signal);
  const failed = results.filter((result) => result.status === 'rejected');
  for (const { reason } of failed.slice(1)) {
    services.log.warn('A conversion could not be cancelled.', reason);
  }
  if (failed[0] !== undefined) {
    throw failed[0].reason instanceof Error
      ? failed[0].reason
      : new AcceleratorError('internal', l10n.t('The conversion could not be cancelled.'), { mend: 'showLog' });
  }
  const ended = results.filter((result) => result.status === 'fulfilled' && result.value.outcome === 'alreadyEnded');
  if (attemptIds.length === 1 && ended.length === 1) {
    services.notifier.info(l10n.t('The conversion had ended before it could be cancelled.'));
  }
}

function activeAttemptOf(session: Session, flowId: string): string | null {
  const flow = flowById(session, flowId);
  return flow.status === 'CONVERTING' ? flow.currentAttemptId : null;
}

async function confirmCancel(count: number): Promise<boolean> {
  const go = l10n.t('Cancel {0}', formatCount(count, 'Conversion'));
  const answer = await window.showWarningMessage(
    l10n.t('Cancel {0}?', formatCount(count, 'conversion')),
    { modal: true, detail: l10n.t('What they wrote so far is kept.') },
    go,
  );
  return answer === go;
}
