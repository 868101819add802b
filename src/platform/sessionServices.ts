/** The services over an open workspace, put together. Loaded when the first workspace is opened. */
import { Conversions } from '../flows/conversions';
import { FlowsModel } from '../flows/flowsModel';
import { Reconciler } from '../flows/reconciler';
import { Retention } from '../flows/retention';
import { RunMonitor } from '../flows/runMonitor';
import type { PopulateProgress, PopulateResult, Workspace } from '../flows/workspace';
import type { DisposableStore } from './lifecycle';
import type { Log } from './log';

export interface Session {
  readonly workspace: Workspace;
  readonly conversions: Conversions;
  readonly monitor: RunMonitor;
  readonly model: FlowsModel;
  readonly retention: Retention;
  /** Resolves when the first look for flows is over, however it ended. */
  readonly warmedUp: Promise<void>;
  /** Finds flows, registers them and shows them. */
  populate(report: (progress: PopulateProgress) => void, signal: AbortSignal): Promise<PopulateResult>;
}

export interface SessionOptions {
  readonly parallelism: number;
  readonly keepLatestJobs: number;
  readonly log: Log;
  readonly warmedUp: Promise<void>;
  /** Owns what is made here. */
  readonly resources: DisposableStore;
}

/** Builds the services and connects them; nothing is read yet. */
export function createSession(workspace: Workspace, options: SessionOptions): Session {
  const { parallelism, keepLatestJobs, resources } = options;
  const log = (message: string, error?: unknown): void => {
    if (error === undefined) {
      options.log.info(message);
    } else {
      options.log.warn(message, error);
    }
  };
  const reconciler = new Reconciler(workspace, { log });
  const monitor = resources.add(new RunMonitor(workspace, { reconciler, log }));
  const model = resources.add(new FlowsModel(workspace, monitor, { log }));
  const conversions = resources.add(new Conversions(workspace, { parallelism, keepLatestJobs, log }));
  resources.add(conversions.onDidStart((attempt) => monitor.follow([attempt])));
  return {
    workspace,
    conversions,
    monitor,
    model,
    retention: new Retention(workspace, keepLatestJobs),
    warmedUp: options.warmedUp,
    populate: async (report, signal) => {
      const result = await workspace.populate(report, signal);
      for (const problem of result.problems) {
        options.log.warn(`${problem.path}: ${problem.message}`);
      }
      await model.refresh(signal);
      return result;
    },
  };
}
