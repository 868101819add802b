/** Progress of what a person started, shown only where it takes long enough to be noticed, and with a way to stop it. */
import { ProgressLocation, window } from 'vscode';

/** Work that ends sooner shows nothing: a notification that flashes says less than none. */
const LATE_MS = 700;

export interface ProgressReport {
  /** @param percentage 0 to 100 over all; absent: the bar only moves */
  (message: string, percentage?: number): void;
}

/**
 * Runs the work; once it takes long, shows a notification with its progress and Cancel.
 * @param outer aborts the work too
 */
export async function withLateProgress<T>(
  title: string,
  outer: AbortSignal,
  work: (report: ProgressReport, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const signal = AbortSignal.any([outer, abort.signal]);
  let last: { message: string; percentage: number | undefined } | undefined;
  let show: ProgressReport | undefined;
  const running = work((message, percentage) => {
    last = { message, percentage };
    show?.(message, percentage);
  }, signal);
  const timer = setTimeout(() => {
    void window.withProgress(
      { location: ProgressLocation.Notification, title, cancellable: true },
      async (progress, token) => {
        let reached = 0;
        show = (message, percentage) => {
          const increment = percentage === undefined ? undefined : Math.max(0, percentage - reached);
          reached = percentage === undefined ? reached : Math.max(reached, percentage);
          progress.report(increment === undefined ? { message } : { message, increment });
        };
        const subscription = token.onCancellationRequested(() => abort.abort());
        if (last !== undefined) {
          show(last.message, last.percentage);
        }
        // Errors belong to the caller; the notification only waits for the end.
        await running.then(
          () => undefined,
          () => undefined,
        );
        subscription.dispose();
      },
    );
  }, LATE_MS);
  try {
    return await running;
  } finally {
    clearTimeout(timer);
  }
}
