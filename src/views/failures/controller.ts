/** Failures by cause, without VS Code: reads the attempts of the flows that need attention, and does what is pressed. */
import { AcceleratorError } from '../../flows/errors';
import type { Disposable } from '../../flows/event';
import { failureCauses, type FailureCause } from '../../flows/failureCauses';
import type { FlowView } from '../../flows/flowsModel';
import { flowDisplay, flowTitle } from '../format';
import { MessageController } from '../pages/messageController';
import { Readings } from '../pages/readings';
import { messageOf, type PageLink, type PageLog, type PageSource } from '../pages/page';
import { parsePageMessage, type CauseState, type FailuresState, type HostMessage, type PageMessage } from './protocol';

/** Attempts read; a flow that failed hundreds of times needs no more to be told. */
const ATTEMPTS_READ = 50_000;
/** Causes sent at a time. */
const CAUSES_SHOWN = 100;
const FLOWS_SHOWN = 50;

export interface FailuresActions {
  /** Asks first where there are several. */
  retry(flowIds: readonly string[]): Promise<void>;
  /** Opens the history of a flow, or lets one of several be picked. */
  openHistories(flowIds: readonly string[]): Promise<void>;
  copy(text: string): Promise<void>;
}

export interface FailuresOptions {
  readonly source: PageSource;
  readonly actions: FailuresActions;
  readonly log: PageLog;
  readonly link: PageLink<HostMessage>;
}

export class FailuresController extends MessageController<PageMessage, HostMessage> {
  private readonly subscription: Disposable;
  private causes: readonly FailureCause[] | null = null;
  private shown = CAUSES_SHOWN;
  private readonly readings = new Readings(this.gone.signal);

  constructor(private readonly options: FailuresOptions) {
    super({ page: 'The page of failures', parse: parsePageMessage, log: options.log }, options.link);
    this.subscription = options.source.onDidChangeFlows(() => this.answer('update', this.load(true)));
  }

  override dispose(): void {
    super.dispose();
    this.subscription.dispose();
  }

  protected async handle(message: PageMessage): Promise<void> {
    const { actions } = this.options;
    switch (message.type) {
      case 'ready':
        return this.load(this.causes !== null);
      case 'tryAgain':
        return this.load(false);
      case 'showMore':
        this.shown += CAUSES_SHOWN;
        return this.show();
      case 'retry':
        return actions.retry(this.cause(message.cause).flows.map(({ flowId }) => flowId));
      case 'open':
        return actions.openHistories(this.cause(message.cause).flows.map(({ flowId }) => flowId));
      case 'openHistory':
        return actions.openHistories([message.flowId]);
      case 'copy':
        await actions.copy(this.cause(message.cause).example);
        this.link.post({ type: 'copied' });
    }
  }

  private cause(id: string): FailureCause {
    const cause = this.causes?.find((one) => one.id === id);
    if (cause === undefined) {
      throw new AcceleratorError('notFound', 'No flow fails for this cause any more.');
    }
    return cause;
  }

  private load(unasked: boolean): Promise<void> {
    return this.readings.run(
      () => this.read(unasked),
      () => this.read(true),
    );
  }

  /** @param unasked nobody asked for it: no attempts are read where that costs money */
  private async read(unasked: boolean): Promise<void> {
    const { source } = this.options;
    try {
      const { model, workspace } = await source.get();
      if (unasked && workspace.readsCostMoney) {
        const now = new Set(
          model
            .flows()
            .filter(needsAttention)
            .map(({ flowId }) => flowId),
        );
        this.causes = (this.causes ?? [])
          .map((cause) => ({ ...cause, flows: cause.flows.filter(({ flowId }) => now.has(flowId)) }))
          .filter(({ flows }) => flows.length > 0);
        await this.show();
        return;
      }
      const flows = model.flows().filter(needsAttention);
      const flowIds = flows.map(({ flowId }) => flowId);
      const attempts =
        flows.length === 0 ? [] : await workspace.store.attempts({ limit: ATTEMPTS_READ, flowIds }, this.gone.signal);
      this.causes = failureCauses(flows, attempts);
      await this.show();
    } catch (error) {
      if (!this.gone.signal.aborted) {
        this.log('The failures could not be read.', error);
        this.link.post({ type: 'failed', message: messageOf(error) });
      }
    }
  }

  private async show(): Promise<void> {
    if (this.causes !== null) {
      const { model } = await this.options.source.get();
      this.link.post({ type: 'causes', state: failuresState(this.causes, this.shown, (id) => model.flow(id)) });
    }
  }
}

function needsAttention(flow: FlowView): boolean {
  return flowDisplay(flow.status, flow.live) === 'needsAttention';
}

/** What the page is to show. */
export function failuresState(
  causes: readonly FailureCause[],
  shown: number,
  flowOf: (flowId: string) => Pick<FlowView, 'flowId' | 'flowName' | 'server'> | null,
): FailuresState {
  const sum = (of: (cause: FailureCause) => number): number => causes.reduce((total, cause) => total + of(cause), 0);
  return {
    causes: causes.slice(0, shown).map((cause): CauseState => ({
      id: cause.id,
      title: cause.title,
      flowCount: cause.flows.length,
      attempts: cause.attempts,
      firstSeen: cause.firstSeen?.toISOString() ?? null,
      lastSeen: cause.lastSeen?.toISOString() ?? null,
      example: cause.example,
      flows: cause.flows.slice(0, FLOWS_SHOWN).map(({ flowId, failedAt }) => {
        const flow = flowOf(flowId);
        return {
          flowId,
          name: flow === null ? flowId : flowTitle(flow),
          server: flow?.server ?? '',
          failedAt: failedAt?.toISOString() ?? null,
        };
      }),
    })),
    causeCount: causes.length,
    flowCount: sum(({ flows }) => flows.length),
    attemptCount: sum(({ attempts }) => attempts),
  };
}
