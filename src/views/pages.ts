/** The pages beside the history, put together. A bundle of its own: activation pays for none of them. */
import type { Uri, WebviewPanel } from 'vscode';
import type { Disposable } from '../flows/event';
import { WEBVIEWS } from '../platform/contributions';
import type { WebviewId } from '../platform/contributions';
import { CompareController, type CompareActions, type Pair } from './compare/controller';
import { parseSavedState, type HostMessage as CompareMessage } from './compare/protocol';
import type { PageLog, PageSource } from './pages/page';
import { PagePanels } from './pages/pagePanels';

export interface PagesOptions {
  readonly extensionUri: Uri;
  readonly source: PageSource;
  readonly compare: CompareActions;
  readonly log: PageLog;
}

/** The pages that this bundle holds, by the type of their panels. */
export type PageType = Exclude<WebviewId, typeof WEBVIEWS.history>;

export interface Pages extends Disposable {
  compare(pair: Pair): void;
  /** Takes over a panel that a reload brought back. */
  restore(type: PageType, panel: WebviewPanel, saved: unknown): void;
}

export function createPages(options: PagesOptions): Pages {
  const { extensionUri, source, log } = options;
  const compare = new PagePanels<Pair, CompareMessage, CompareController>(
    extensionUri,
    {
      type: WEBVIEWS.compare,
      bundle: 'compare',
      title: 'Compare attempts',
      idOf: ({ left, right }) => [left, right].sort().join(' '),
      restore: (saved) => parseSavedState(saved),
      open: (pair, link) => new CompareController({ pair, source, actions: options.compare, log, link }),
    },
    log,
  );
  const panels: Readonly<Record<PageType, Pick<typeof compare, 'restore' | 'dispose'>>> = {
    [WEBVIEWS.compare]: compare,
  };
  return {
    compare: (pair) => void compare.show(pair),
    restore: (type, panel, saved) => panels[type].restore(panel, saved),
    dispose: () => Object.values(panels).forEach((one) => one.dispose()),
  };
}
