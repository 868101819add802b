/** The flows view: the tree, what it says above its rows, its badge, and the context keys that menus read. */
import { l10n, window, workspace } from 'vscode';
import type { Memento, TreeView } from 'vscode';
import { AcceleratorError } from '../../flows/errors';
import type { Disposable } from '../../flows/event';
import { CONTEXT_KEYS, VIEWS } from '../../platform/contributions';
import type { FlowsViewState } from '../../platform/contributions';
import type { ContextKeys } from '../../platform/contextKeys';
import { DisposableStore } from '../../platform/lifecycle';
import type { Log } from '../../platform/log';
import type { Sessions } from '../../platform/session';
import type { Settings } from '../../platform/settings';
import { formatCount } from '../format';
import { registerFlowDecorations } from './decorations';
import type { TreeNode } from './nodes';
import { GROUPINGS } from './projection';
import type { Grouping } from './projection';
import { FlowsTreeProvider } from './provider';

const GROUPING_KEY = 'flowsTree.grouping';
/** How often rows that say "12 min ago" are drawn again while the view is seen. */
const TIME_PASSES_MS = 60_000;
/** Changes that come together are drawn together. */
const UPDATE_MS = 100;

export interface FlowsViewOptions {
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly contextKeys: ContextKeys;
  readonly state: Memento;
  readonly log: Log;
}

export class FlowsView implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly view: TreeView<TreeNode>;
  private updateTimer: NodeJS.Timeout | undefined;
  private timePasses: NodeJS.Timeout | undefined;
  readonly provider: FlowsTreeProvider;

  constructor(private readonly options: FlowsViewOptions) {
    const { sessions, state, log } = options;
    const saved = state.get<unknown>(GROUPING_KEY);
    this.provider = this.disposables.add(
      new FlowsTreeProvider(sourceOf(sessions), log, GROUPINGS.find((grouping) => grouping === saved) ?? 'server'),
    );
    this.view = this.disposables.add(
      window.createTreeView(VIEWS.flows, {
        treeDataProvider: this.provider,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.disposables.add(registerFlowDecorations());
    this.disposables.add(sessions.onDidChangeFlows(() => this.updateSoon()));
    this.disposables.add(
      sessions.onDidChangeState((now) => {
        this.describe();
        if (now !== 'opening') {
          this.provider.drawOpened();
        }
      }),
    );
    this.disposables.add(sessions.onDidLeavePlace(() => this.provider.leavePlace()));
    this.disposables.add(sessions.onDidChangeRuns(() => this.showBadge()));
    this.disposables.add(workspace.onDidChangeWorkspaceFolders(() => this.describe()));
    this.disposables.add(this.view.onDidChangeVisibility(() => this.keepTime()));
    this.describe();
    this.keepTime();
  }

  get selection(): readonly TreeNode[] {
    return this.view.selection;
  }

  setFilter(text: string): void {
    this.provider.setFilter(text);
    this.describe();
  }

  setGrouping(grouping: Grouping): void {
    this.provider.setGrouping(grouping);
    void this.options.state.update(GROUPING_KEY, grouping);
  }

  /** Shows and selects a flow, if it is among the rows. */
  async reveal(flowId: string): Promise<void> {
    const node = this.provider.nodeOfFlow(flowId);
    if (node !== undefined && this.view.visible) {
      await this.view.reveal(node, { select: true, focus: false });
    }
  }

  dispose(): void {
    clearTimeout(this.updateTimer);
    clearTimeout(this.timePasses);
    this.disposables.dispose();
  }

  private updateSoon(): void {
    this.updateTimer ??= setTimeout(() => {
      this.updateTimer = undefined;
      this.provider.update();
      this.describe();
    }, UPDATE_MS);
  }

  /** Welcome content, the line above the rows, the badge. */
  private describe(): void {
    const { contextKeys, sessions } = this.options;
    contextKeys.set(CONTEXT_KEYS.state, this.viewState());
    contextKeys.set(CONTEXT_KEYS.filtered, this.provider.filter !== '');
    const { matching, total } = this.provider.counts;
    // A row cuts what it says; why nothing can be read is said in full above the rows.
    this.view.message =
      sessions.problem?.message ??
      (this.provider.filter === '' || total === 0
        ? ''
        : l10n.t('Filter "{0}": {1} of {2}', this.provider.filter, matching, formatCount(total, 'flow')));
    const kind = sessions.current?.workspace.kind;
    this.view.description = kind === undefined ? '' : kind === 'local' ? l10n.t('This computer') : 'Databricks';
    this.showBadge();
  }

  private viewState(): FlowsViewState {
    const { sessions } = this.options;
    if (sessions.state === 'failed') {
      return 'failed';
    }
    const session = sessions.current;
    if (session === undefined) {
      // Without a folder there is nothing to wait for on this computer.
      return this.needsFolder() ? 'noFolder' : 'loading';
    }
    if (session.model.flows().length > 0) {
      return 'ready';
    }
    if (this.needsFolder()) {
      return 'noFolder';
    }
    return sessions.isWarmingUp ? 'loading' : 'noFlows';
  }

  private needsFolder(): boolean {
    return (workspace.workspaceFolders ?? []).length === 0 && this.runsHere();
  }

  private runsHere(): boolean {
    try {
      return this.options.settings.get('runsOn') === 'local';
    } catch (error) {
      // A setting that does not fit is reported by whoever opens the workspace.
      if (AcceleratorError.is(error)) {
        return false;
      }
      throw error;
    }
  }

  private showBadge(): void {
    const active = this.options.sessions.current?.monitor.state.active.length ?? 0;
    if ((this.view.badge?.value ?? 0) !== active) {
      this.view.badge =
        active === 0 ? undefined : { value: active, tooltip: l10n.t('{0} running', formatCount(active, 'conversion')) };
    }
  }

  private keepTime(): void {
    clearTimeout(this.timePasses);
    if (this.view.visible) {
      this.timePasses = setTimeout(() => {
        this.provider.timePassed();
        this.keepTime();
      }, TIME_PASSES_MS);
    }
  }
}

function sourceOf(sessions: Sessions): ConstructorParameters<typeof FlowsTreeProvider>[0] {
  return {
    open: async () => {
      // A failed opening is shown as it was; only a refresh tries again.
      if (sessions.failure !== undefined) {
        throw sessions.failure;
      }
      const session = await sessions.get();
      if (session.model.flows().length === 0) {
        // Nothing is known yet: the first look for flows decides what is shown, and the view shows that it goes on.
        await session.warmedUp;
      }
    },
    flows: () => sessions.current?.model.flows() ?? null,
    flow: (flowId) => sessions.current?.model.flow(flowId) ?? null,
    history: async (flowId, limit, signal) => {
      const { model } = await sessions.get();
      return model.history(flowId, { limit }, signal);
    },
  };
}
