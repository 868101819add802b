/** Starting and stopping conversions. */
import { AcceleratorError } from './errors';
import { Emitter, type Disposable, type Event } from './event';
import type { StartedAttempt } from './liveAttempt';
import type { Attempt, TriggerKind } from './model';
import type { Workspace } from './workspace';

export type StartResult =
  | {
      readonly outcome: 'started';
      readonly flowId: string;
      readonly attemptId: string;
      readonly attemptNumber: number;
      readonly jobId: string;
      readonly runId: string;
    }
  | {
      readonly outcome: 'lost';
      readonly flowId: string;
      /** Who converts it, as in `triggered_by`; null where nothing tells. */
      readonly by: string | null;
      readonly since: Date | null;
      readonly attemptId: string;
      readonly current: Attempt | null;
    }
  | {
      readonly outcome: 'failed';
      readonly flowId: string;
      readonly attemptId?: string;
      readonly error: AcceleratorError;
    }
  | { readonly outcome: 'cancelled'; readonly flowId: string; readonly attemptId?: string };

/** `cancelling`: asked for, the run has not ended yet. */
export interface CancelResult {
  readonly outcome: 'cancelled' | 'cancelling' | 'alreadyEnded';
  readonly flowId: string;
  readonly attemptId: string;
}

export interface StartProgress {
  readonly done: number;
  readonly total: number;
  readonly last: StartResult;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: StartProgress) => void;
}

export interface ConversionsOptions {
  /** Start calls at a time. */
  readonly parallelism: number;
  /** Jobs kept per flow; older ones go after a start. */
  readonly keepLatestJobs: number;
  readonly now?: () => Date;
  readonly log?: (message: string, error?: unknown) => void;
}

export class Conversions implements Disposable {
  private readonly startedEmitter = new Emitter<StartedAttempt>();
  /** One event for each run that started, for whoever follows runs. */
  readonly onDidStart: Event<StartedAttempt> = this.startedEmitter.event;

  constructor(
    private readonly workspace: Workspace,
    private readonly options: ConversionsOptions,
  ) {}

  startMany(flowIds: readonly string[], trigger: TriggerKind, options: StartOptions): Promise<readonly StartResult[]> {
    (void flowIds, trigger, options, this.workspace, this.options);
    return Promise.reject(new AcceleratorError('internal', 'Starting is being built.'));
  }

  start(flowId: string, trigger: TriggerKind, options: { readonly signal: AbortSignal }): Promise<StartResult> {
    (void flowId, trigger, options);
    return Promise.reject(new AcceleratorError('internal', 'Starting is being built.'));
  }

  cancel(attemptId: string, signal: AbortSignal): Promise<CancelResult> {
    (void attemptId, signal);
    return Promise.reject(new AcceleratorError('internal', 'Cancelling is being built.'));
  }

  dispose(): void {
    this.startedEmitter.dispose();
  }
}
