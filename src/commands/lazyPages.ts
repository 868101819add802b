/** The pages as activation knows them: loaded with the first one that is shown, or that a reload brings back. */
import { window } from 'vscode';
import type { Uri, WebviewPanel } from 'vscode';
import type { Disposable } from '../flows/event';
import { WEBVIEWS } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import type { Log } from '../platform/log';
import type { Notifier } from '../platform/notifications';
import type { Sessions } from '../platform/session';
import type { Pages } from '../views/pages';
import type * as PagesBundle from './pages';
import type { ConverterFinder, HistoryPages } from './services';

export interface PagesContext {
  readonly extensionUri: Uri;
  /** A folder for what outlives the window. */
  readonly storage: Uri;
  readonly sessions: Sessions;
  readonly converter: ConverterFinder;
  readonly notifier: Notifier;
  readonly log: Log;
}

export class LazyPages implements HistoryPages, Disposable {
  private readonly resources = new DisposableStore();
  private loading: Promise<Pages> | undefined;
  private opened: Pages | undefined;

  constructor(private readonly context: PagesContext) {
    for (const type of Object.values(WEBVIEWS)) {
      this.resources.add(
        window.registerWebviewPanelSerializer(type, {
          deserializeWebviewPanel: async (panel: WebviewPanel, saved: unknown) =>
            (await this.get()).restore(type, panel, saved),
        }),
      );
    }
  }

  /** What picks and opens them. */
  bundle(): Promise<typeof PagesBundle> {
    return import('./pages');
  }

  get(): Promise<Pages> {
    this.loading ??= this.open();
    return this.loading;
  }

  async show(flowId: string, attemptId?: string): Promise<void> {
    (await this.get()).history(flowId, attemptId);
  }

  isShowing(flowId: string): boolean {
    return this.opened?.isShowingHistory(flowId) ?? false;
  }

  dispose(): void {
    this.resources.dispose();
  }

  private async open(): Promise<Pages> {
    const { openPages } = await this.bundle();
    this.opened = this.resources.add(openPages(this.context, this));
    return this.opened;
  }
}
