/** Panels that show one page each, by what they show: opened once, brought to the front after that. */
import { ViewColumn, window } from 'vscode';
import type { Uri, WebviewPanel } from 'vscode';
import type { Disposable } from '../../flows/event';
import type { WebviewId } from '../../platform/contributions';
import { DisposableStore } from '../../platform/lifecycle';
import { pageHtml, pageOptions } from '../../platform/webviewHtml';
import type { PageController, PageLink, PageLog } from './page';

export interface PageDefinition<Key, HostMessage, Controller extends PageController> {
  readonly type: WebviewId;
  /** Name of the page's files in the built extension. */
  readonly bundle: string;
  readonly title: string;
  /** What the panel is known by: a second one for the same is never opened. */
  idOf(key: Key): string;
  /** What a page showed before a reload, by what it kept; null where that is not known any more. */
  restore(saved: unknown): Promise<Key | null>;
  open(key: Key, link: PageLink<HostMessage>): Controller;
}

interface OpenPage<Controller> {
  readonly panel: WebviewPanel;
  readonly controller: Controller;
}

export class PagePanels<Key, HostMessage, Controller extends PageController> implements Disposable {
  private readonly open = new Map<string, OpenPage<Controller>>();

  constructor(
    private readonly extensionUri: Uri,
    private readonly definition: PageDefinition<Key, HostMessage, Controller>,
    private readonly log: PageLog,
  ) {}

  /** Whether the page of something is in sight. */
  isShowing(key: Key): boolean {
    return this.open.get(this.definition.idOf(key))?.panel.visible === true;
  }

  show(key: Key): Controller {
    const existing = this.open.get(this.definition.idOf(key));
    if (existing !== undefined) {
      existing.panel.reveal();
      return existing.controller;
    }
    const { type, title } = this.definition;
    const panel = window.createWebviewPanel(type, title, ViewColumn.Active, {
      ...pageOptions(this.extensionUri),
      enableFindWidget: true,
    });
    return this.attach(key, panel);
  }

  /** Takes over a panel that a reload brought back; closes one that nothing is known of. */
  async restore(panel: WebviewPanel, saved: unknown): Promise<void> {
    const key = await this.definition.restore(saved);
    if (key === null || this.open.has(this.definition.idOf(key))) {
      panel.dispose();
    } else {
      this.attach(key, panel);
    }
  }

  /** Leaves the panels open: at a window reload they are there again. */
  dispose(): void {
    for (const { controller } of this.open.values()) {
      controller.dispose();
    }
    this.open.clear();
  }

  private attach(key: Key, panel: WebviewPanel): Controller {
    const { bundle, title } = this.definition;
    panel.webview.options = pageOptions(this.extensionUri);
    const controller = this.definition.open(key, {
      post: (message) => {
        panel.webview.postMessage(message).then(undefined, (error: unknown) => {
          this.log('A page could not be reached.', error);
        });
      },
      setTitle: (text) => {
        if (panel.title !== text) {
          panel.title = text;
        }
      },
    });
    const own = new DisposableStore();
    own.add(controller);
    own.add(panel.webview.onDidReceiveMessage((message: unknown) => controller.receive(message)));
    own.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) {
          controller.hidden?.();
        }
      }),
    );
    const id = this.definition.idOf(key);
    own.add(
      panel.onDidDispose(() => {
        this.open.delete(id);
        own.dispose();
      }),
    );
    this.open.set(id, { panel, controller });
    panel.webview.html = pageHtml(panel.webview, this.extensionUri, bundle, title);
    return controller;
  }
}
