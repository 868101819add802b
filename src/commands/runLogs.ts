/** The log of a run as a read-only document: find, copy, folding and screen readers come with it. Live while it runs. */
import { EventEmitter, l10n, Uri, window, workspace } from 'vscode';
import type { TextDocumentContentProvider } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import type { Disposable } from '../flows/event';
import { runReferenceOf } from '../flows/attemptEnd';
import { isActive } from '../flows/model';
import type { Attempt } from '../flows/model';
import { DisposableStore } from '../platform/lifecycle';
import { redact } from '../platform/redact';
import type { Sessions } from '../platform/session';
import { recordedRun } from '../views/recordedRun';

const SCHEME = 'nifi-run-log';

export class RunLogs implements Disposable, TextDocumentContentProvider {
  private readonly disposables = new DisposableStore();
  private readonly changed = this.disposables.add(new EventEmitter<Uri>());
  private readonly abort = new AbortController();
  readonly onDidChange = this.changed.event;

  constructor(private readonly sessions: Sessions) {
    this.disposables.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
    this.disposables.add(
      sessions.onDidChangeRuns(() =>
        this.refresh(new Set(sessions.current?.monitor.state.active.map((run) => run.attemptId))),
      ),
    );
    this.disposables.add(sessions.onDidEndAttempt(({ attemptId }) => this.refresh(new Set([attemptId]))));
  }

  /** Shows the log of an attempt's run. Throws `notFound` where there is none yet. */
  async open(attempt: Attempt, flowName: string): Promise<void> {
    const log = await this.read(attempt.attemptId);
    if (log === null) {
      throw new AcceleratorError(
        'notFound',
        isActive(attempt.status)
          ? l10n.t('Attempt {0} of {1} has written no log yet.', attempt.attemptNumber, flowName)
          : l10n.t('Attempt {0} of {1} left no log.', attempt.attemptNumber, flowName),
        { mend: 'viewHistory' },
      );
    }
    const title = l10n.t('Attempt {0} of {1}', attempt.attemptNumber, flowName).replace(/[\\/?#]/g, ' ');
    const uri = Uri.from({ scheme: SCHEME, path: `/${title}.log`, query: attempt.attemptId });
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    const log = await this.read(uri.query);
    return log === null ? l10n.t('This run left no log.') : redact(log);
  }

  dispose(): void {
    this.abort.abort();
    this.disposables.dispose();
  }

  private async read(attemptId: string): Promise<string | null> {
    const { workspace: place } = await this.sessions.get();
    const [attempt] = await place.store.getAttempts([attemptId], this.abort.signal);
    if (attempt === undefined) {
      return null;
    }
    try {
      return await place.runner.runLog(runReferenceOf(attempt), this.abort.signal);
    } catch (error) {
      // Databricks forgets a run after 60 days; its row in the history stays.
      if (!AcceleratorError.is(error, 'notFound') || isActive(attempt.status)) {
        throw error;
      }
      return recordedRun(attempt);
    }
  }

  /** Logs of a place where reading costs money are read again only when asked for. */
  private refresh(attemptIds: ReadonlySet<string>): void {
    if (this.sessions.current?.workspace.readsCostMoney !== false) {
      return;
    }
    for (const document of workspace.textDocuments) {
      if (document.uri.scheme === SCHEME && attemptIds.has(document.uri.query)) {
        this.changed.fire(document.uri);
      }
    }
  }
}
