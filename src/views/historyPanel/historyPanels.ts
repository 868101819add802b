/** The history pages: one panel a flow, brought back after a window reload. */
import { ViewColumn, window } from 'vscode';
import type { Uri, WebviewPanel } from 'vscode';
import type { Disposable } from '../../flows/event';
import { WEBVIEWS } from '../../platform/contributions';
import { DisposableStore } from '../../platform/lifecycle';
import { pageHtml, pageOptions } from '../../platform/webviewHtml';
import type { HistoryActions } from './actions';
import { HistoryController, type HistorySource } from './controller';
import { parseSavedState } from './protocol';

/** The panel's type, as in the manifest's activation and menu clauses (`webviewId`). */
export const HISTORY_PANEL = WEBVIEWS.history;

export interface HistoryPanelsOptions {
  readonly extensionUri: Uri;
  readonly source: HistorySource;
  readonly actions: HistoryActions;
  readonly log: (message: string, error?: unknown) => void;
}

interface OpenPanel {
  readonly panel: WebviewPanel;
  readonly controller: HistoryController;
}

export class HistoryPanels implements Disposable {
  private readonly open = new Map<string, OpenPanel>();
  private readonly disposables = new DisposableStore();

  constructor(private readonly options: HistoryPanelsOptions) {
    this.disposables.add(
      window.registerWebviewPanelSerializer(HISTORY_PANEL, {
        deserializeWebviewPanel: async (panel: WebviewPanel, value: unknown) => {
          const saved = parseSavedState(value);
          if (saved === null || this.open.has(saved.flowId)) {
            // Closed before it knew its flow, or saved by a version that wrote something else.
            panel.dispose();
          } else {
            this.attach(saved.flowId, panel);
          }
        },
      }),
    );
  }

  /** Opens a flow's history, or brings it to the front; an attempt is selected where one is named. */
  show(flowId: string, attemptId?: string): void {
    const existing = this.open.get(flowId);
    if (existing !== undefined) {
      existing.panel.reveal();
      if (attemptId !== undefined) {
        existing.controller.show(attemptId);
      }
      return;
    }
    const panel = window.createWebviewPanel(HISTORY_PANEL, 'History', ViewColumn.Active, {
      ...pageOptions(this.options.extensionUri),
      enableFindWidget: true,
    });
    const controller = this.attach(flowId, panel);
    if (attemptId !== undefined) {
      controller.show(attemptId);
    }
  }

  /** Whether a flow's history is in sight, so that nothing else needs to tell what happens there. */
  isShowing(flowId: string): boolean {
    return this.open.get(flowId)?.panel.visible === true;
  }

  /** Leaves the panels open: at a window reload they are there again, and the serializer takes them over. */
  dispose(): void {
    for (const { controller } of this.open.values()) {
      controller.dispose();
    }
    this.disposables.dispose();
  }

  private attach(flowId: string, panel: WebviewPanel): HistoryController {
    const { extensionUri, source, actions, log } = this.options;
    panel.webview.options = pageOptions(extensionUri);
    let title = '';
    const controller = new HistoryController({
      flowId,
      source,
      actions,
      log,
      post: (message) => {
        panel.webview.postMessage(message).then(undefined, (error: unknown) => {
          log('The history page could not be reached.', error);
        });
      },
      onTitle: (name) => {
        if (title !== name) {
          title = name;
          panel.title = `History: ${name}`;
        }
      },
    });
    const own = new DisposableStore();
    own.add(controller);
    own.add(panel.webview.onDidReceiveMessage((message: unknown) => controller.receive(message)));
    own.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) {
          controller.pageGone();
        }
      }),
    );
    own.add(
      panel.onDidDispose(() => {
        this.open.delete(flowId);
        own.dispose();
      }),
    );
    this.open.set(flowId, { panel, controller });
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'historyPanel', 'History');
    return controller;
  }
}
