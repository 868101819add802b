/** The page of a run in the browser. */
import { env, l10n, Uri } from 'vscode';
import { runReferenceOf } from '../../flows/attemptEnd';
import { AcceleratorError } from '../../flows/errors';
import type { CommandServices } from '../services';
import { targetsOf } from '../targets';

/** Opens the run of an attempt in the browser: of the one named, or of the flow's current one. */
export async function openRun(services: CommandServices, args: readonly unknown[], signal: AbortSignal): Promise<void> {
  const session = await services.sessions.get();
  const [target] = targetsOf(args);
  const attemptId = target?.attemptId ?? (target === undefined ? null : currentAttempt(services, target.flowId));
  const [attempt] = attemptId === null ? [] : await session.workspace.store.getAttempts([attemptId], signal);
  if (attempt === undefined) {
    throw new AcceleratorError('notFound', l10n.t('No attempt was named that has a run.'), { mend: 'viewHistory' });
  }
  const url = await session.workspace.runner.runUrl(runReferenceOf(attempt), signal).catch((cause: unknown) => {
    if (!AcceleratorError.is(cause, 'notFound')) {
      throw cause;
    }
    throw new AcceleratorError(
      'notFound',
      l10n.t(
        'Databricks no longer has the run of attempt {0}: it keeps them for 60 days. The history has what became of it.',
        attempt.attemptNumber,
      ),
      { mend: 'viewHistory', cause },
    );
  });
  if (url === null) {
    throw new AcceleratorError('notFound', l10n.t('Attempt {0} has no page to open.', attempt.attemptNumber));
  }
  await env.openExternal(Uri.parse(url, true));
}

function currentAttempt({ sessions }: CommandServices, flowId: string): string | null {
  return sessions.current?.model.flow(flowId)?.currentAttemptId ?? null;
}
