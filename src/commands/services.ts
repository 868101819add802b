/** What the commands work with; built once in `extension.ts`. */
import type { Memento } from 'vscode';
import type { Disposable } from '../flows/event';
import type { DatabricksAccess, TokenStore } from '../platform/databricks';
import type { ConverterProcess } from '../nifi/converter/runConverter';
import type { Log } from '../platform/log';
import type { Notifier } from '../platform/notifications';
import type { Sessions } from '../platform/session';
import type { Settings } from '../platform/settings';
import type { Workspace } from '../flows/workspace';
import type { EndNotices } from '../views/endNotices';
import type { FlowsView } from '../views/flowsTree/flowsView';
import type { RunStatusBar } from '../views/runStatusBar';

/** The page with a flow's history. */
export interface HistoryPages {
  show(flowId: string, attemptId?: string): Promise<void>;
  isShowing(flowId: string): boolean;
}

/** How the shipped converter is run; rejects with `pythonMissing` or `pythonTooOld`. */
export type ConverterFinder = (signal: AbortSignal) => Promise<ConverterProcess>;

export interface CommandServices {
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly notifier: Notifier;
  readonly log: Log;
  readonly showLog: () => void;
  readonly flowsView: FlowsView;
  readonly statusBar: RunStatusBar;
  readonly endNotices: EndNotices;
  readonly history: HistoryPages;
  readonly databricks: DatabricksAccess;
  readonly tokens: TokenStore;
  /** What outlives the window: the VS Code workspace's Memento. */
  readonly state: Memento;
  /** This computer's flows, also while conversions run elsewhere; the caller disposes of it. */
  readonly openLocal: () => Promise<Workspace>;
  /** Has the extension dispose of something when it goes. */
  readonly own: <T extends Disposable>(item: T) => T;
}
