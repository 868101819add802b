/**
 * What other extensions may call: `vscode.extensions.getExtension<AcceleratorApi>(id).activate()`. Names of fields are
 * those of the tables; nothing is thrown, a failure is an answer with its reason.
 */
import type { Conversions } from './flows/conversions';
import { AcceleratorError } from './flows/errors';
import type { ErrorReason } from './flows/errors';
import { historyRecord } from './flows/export';
import type { HistoryRecord } from './flows/export';
import type { FlowsModel } from './flows/flowsModel';

export type { HistoryRecord } from './flows/export';

export interface ApiFailure {
  readonly success: false;
  readonly flow_id: string;
  readonly error: { readonly reason: ErrorReason; readonly message: string };
}

export interface HistoryAnswer {
  readonly success: true;
  readonly flow_id: string;
  /** Newest first. */
  readonly history: readonly HistoryRecord[];
  readonly count: number;
}

export interface StartAnswer {
  readonly success: true;
  readonly flow_id: string;
  readonly attempt_id: string;
  readonly job_id: string;
  readonly run_id: string;
}

export interface AcceleratorApi {
  /** The attempts of a flow, newest first; `limit` 1 to 10,000, 20 where absent. */
  getHistory(flowId: string, options?: { readonly limit?: number }): Promise<HistoryAnswer | ApiFailure>;
  /** Starts a conversion and answers when its run has begun. */
  startConversion(flowId: string): Promise<StartAnswer | ApiFailure>;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 10_000;

export interface ApiServices {
  readonly model: Pick<FlowsModel, 'flow' | 'history' | 'refresh'>;
  readonly conversions: Pick<Conversions, 'start'>;
  /** Resolves when the first look for flows is over. */
  readonly warmedUp: Promise<void>;
  readonly checkCanStart: (signal: AbortSignal) => Promise<void>;
}

/**
 * @param open gives the services, opening the workspace where it is not open
 * @param assertMayStart throws where this window may start nothing (an untrusted folder)
 */
export function createApi(open: () => Promise<ApiServices>, assertMayStart: () => void): AcceleratorApi {
  const never = new AbortController().signal;
  return {
    getHistory: (flowId, options) =>
      answer(flowId, async () => {
        const limit = limitOf(options?.limit);
        const { model, warmedUp } = await open();
        await known(model, warmedUp, flowId);
        const history = (await model.history(flowId, { limit }, never)).map(historyRecord);
        return { success: true, flow_id: flowId, history, count: history.length };
      }),
    startConversion: (flowId) =>
      answer(flowId, async () => {
        assertMayStart();
        const { model, conversions, warmedUp, checkCanStart } = await open();
        await known(model, warmedUp, flowId);
        await checkCanStart(never);
        const result = await conversions.start(flowId, 'user', { signal: never });
        // The run goes on, whether it is shown or not; the model keeps why a reading failed.
        await model.refresh(never).catch(() => undefined);
        switch (result.outcome) {
          case 'started':
            return {
              success: true,
              flow_id: flowId,
              attempt_id: result.attemptId,
              job_id: result.jobId,
              run_id: result.runId,
            };
          case 'lost':
            throw new AcceleratorError('alreadyConverting', `The flow ${flowId} is being converted already.`);
          case 'failed':
            throw result.error;
          case 'cancelled':
            throw new AcceleratorError('cancelled', 'The start was cancelled.');
        }
      }),
  };
}

function limitOf(limit: unknown): number {
  if (limit === undefined) {
    return DEFAULT_LIMIT;
  }
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new AcceleratorError('badData', `limit must be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

/** A caller may come before the first look for flows has ended. */
async function known(model: Pick<FlowsModel, 'flow'>, warmedUp: Promise<void>, flowId: string): Promise<void> {
  if (model.flow(flowId) === null) {
    await warmedUp;
  }
  if (model.flow(flowId) === null) {
    throw new AcceleratorError('flowNotRegistered', `The flow ${flowId} is not known here.`, { mend: 'populateFlows' });
  }
}

async function answer<T>(flowId: string, work: () => Promise<T>): Promise<T | ApiFailure> {
  try {
    return await work();
  } catch (error) {
    return {
      success: false,
      flow_id: flowId,
      error: AcceleratorError.is(error)
        ? { reason: error.reason, message: error.message }
        : { reason: 'internal', message: 'Something went wrong inside the extension.' },
    };
  }
}
