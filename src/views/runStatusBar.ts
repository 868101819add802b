/** The status bar's one item: how many runs are active and how far they are. A click lists them. */
import { MarkdownString, StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { Memento, StatusBarItem } from 'vscode';
import type { Disposable } from '../flows/event';
import type { LiveAttempt } from '../flows/liveAttempt';
import { COMMANDS, STATUS_BAR_ITEM } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import type { Sessions } from '../platform/session';
import { attemptDisplay, attemptLook, clampPercentage, escapeMarkdown, flowTitle, formatCount } from './format';
import { runStatus } from './runStatus';

/** Whether attempts were active when the window closed: the one thing that is read at start-up. */
export const ACTIVE_FLAG = 'runs.active';
/** The text changes at most this often. */
const DRAW_MS = 1000;
const TOOLTIP_RUNS = 10;

export class RunStatusBar implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly item: StatusBarItem;
  private drawTimer: NodeJS.Timeout | undefined;
  private drawnAt = 0;
  private failedUnseen = 0;

  /** @param state where the flag lives: the VS Code workspace's Memento */
  constructor(
    private readonly sessions: Sessions,
    private readonly state: Memento,
  ) {
    this.item = this.disposables.add(window.createStatusBarItem(STATUS_BAR_ITEM, StatusBarAlignment.Left, 50));
    this.item.name = 'NiFi Conversions';
    this.item.command = COMMANDS.showActiveRuns;
    const soon = (): void => this.drawSoon();
    this.disposables.add(sessions.onDidChangeRuns(soon));
    this.disposables.add(sessions.onDidChangeFlows(soon));
    this.disposables.add(sessions.onDidChangeState(soon));
    this.disposables.add(
      sessions.onDidEndAttempt((ended) => {
        this.failedUnseen += ended.status === 'FAILED' ? 1 : 0;
        soon();
      }),
    );
  }

  /** Whether runs were active when this was last written. */
  get wasActive(): boolean {
    return this.state.get<unknown>(ACTIVE_FLAG) === true;
  }

  /** Failures were looked at: the item stops counting them. */
  clearFailures(): void {
    this.failedUnseen = 0;
    this.drawSoon();
  }

  dispose(): void {
    clearTimeout(this.drawTimer);
    this.disposables.dispose();
  }

  private drawSoon(): void {
    this.drawTimer ??= setTimeout(
      () => {
        this.drawTimer = undefined;
        this.drawnAt = Date.now();
        this.draw();
      },
      Math.max(0, this.drawnAt + DRAW_MS - Date.now()),
    );
  }

  private draw(): void {
    const session = this.sessions.current;
    const runs = session?.monitor.state ?? null;
    const status = runStatus({
      runs,
      flows: session?.model.flows().length ?? null,
      failedUnseen: this.failedUnseen,
      failure: this.sessions.problem ?? null,
    });
    this.remember(runs !== null && runs.active.length > 0);
    if (status === null) {
      this.item.hide();
      return;
    }
    this.item.text = status.text;
    this.item.accessibilityInformation = { label: status.spoken, role: 'button' };
    this.item.backgroundColor = status.warning ? new ThemeColor('statusBarItem.warningBackground') : undefined;
    this.item.tooltip = this.tooltip(runs?.active ?? []);
    this.item.show();
  }

  private tooltip(active: readonly LiveAttempt[]): MarkdownString {
    const failure = this.sessions.problem;
    if (failure !== undefined) {
      return new MarkdownString(escapeMarkdown(failure.message));
    }
    const lines = active.slice(0, TOOLTIP_RUNS).map((run) => {
      const look = attemptLook(attemptDisplay('RUNNING', run));
      const flow = this.sessions.current?.model.flow(run.flowId);
      const percentage = clampPercentage(run.progressPercentage);
      const name = escapeMarkdown(flow ? flowTitle(flow) : run.flowId);
      return `$(${look.icon}) ${name}: ${look.label.toLowerCase()}${percentage === null ? '' : `, ${percentage}%`}`;
    });
    if (active.length > TOOLTIP_RUNS) {
      lines.push(`and ${active.length - TOOLTIP_RUNS} more`);
    }
    const head =
      active.length === 0 ? 'No conversion is running.' : `${formatCount(active.length, 'conversion')} active`;
    return new MarkdownString([`**NiFi Accelerator** — ${head}`, ...lines].join('  \n'), true);
  }

  private remember(active: boolean): void {
    if (this.wasActive !== active) {
      void this.state.update(ACTIVE_FLAG, active ? true : undefined);
    }
  }
}
