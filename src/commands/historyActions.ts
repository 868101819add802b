/** The history page's buttons: the same commands as everywhere, so that one thing is done in one way. */
import { commands, env } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import { COMMANDS } from '../platform/contributions';
import { remedyFor } from '../platform/mending';
import type { HistoryActions } from '../views/historyPanel/actions';
import { diffNotebooks, openNotebook, openSource } from './attemptCommands';
import type { NotebookServices } from './attemptCommands';

async function run(command: string, ...args: readonly unknown[]): Promise<void> {
  await commands.executeCommand(command, ...args);
}

/** Buttons of a later version answer that they are not there; the page does not offer them. */
function notYet(): Promise<never> {
  return Promise.reject(new AcceleratorError('notAvailable', 'This version cannot do that.'));
}

export function historyActions(services: NotebookServices): HistoryActions {
  const never = new AbortController().signal;
  return {
    capabilities: { compare: true, diff: true, assess: true, locateFile: false },
    start: (flow) => run(COMMANDS.startConversion, { flowId: flow.flowId }),
    retry: (flow) => run(COMMANDS.retryConversion, { flowId: flow.flowId }),
    cancel: (flow, attemptId) => run(COMMANDS.cancelConversion, { flowId: flow.flowId, attemptId }),
    openNotebook: ({ path, attempt }, beside) =>
      openNotebook(services, { path, paths: attempt.generatedNotebooks, beside }, never),
    openNotebooks: ({ flowId, attemptId }) => run(COMMANDS.openNotebook, { flowId, attemptId }),
    diffNotebooks: async (older, newer) => {
      await diffNotebooks(await services.sessions.get(), older, newer, never);
    },
    openLog: ({ flowId, attemptId }) => run(COMMANDS.openRunLog, { flowId, attemptId }),
    openFlow: async (flow, line) => openSource(await services.sessions.get(), flow, line),
    locateFile: notYet,
    assess: (flow) => run(COMMANDS.assessEstate, { flowId: flow.flowId }),
    compare: (older, newer) =>
      run(COMMANDS.compareAttempts, null, [
        { flowId: older.flowId, attemptId: older.attemptId },
        { flowId: newer.flowId, attemptId: newer.attemptId },
      ]),
    exportHistory: (flow) => run(COMMANDS.exportHistory, { flowId: flow.flowId }),
    copy: async (text) => env.clipboard.writeText(text),
    mendingTitle: (error) => remedyFor(error.mend)?.title ?? null,
    mend: async (error, flowId) => {
      const remedy = remedyFor(error.mend);
      if (remedy !== null) {
        await run(remedy.command, { flowId });
      }
    },
  };
}
