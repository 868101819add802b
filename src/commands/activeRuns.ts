/** The list of active runs behind the status bar's item; live while it is open. */
import { commands, l10n, ThemeIcon, window } from 'vscode';
import type { QuickInputButton, QuickPickItem } from 'vscode';
import { COMMANDS } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import {
  attemptDisplay,
  attemptLook,
  clampPercentage,
  flowTitle,
  formatDuration,
  elapsedSeconds,
} from '../views/format';
import type { CommandServices } from './services';

interface RunItem extends QuickPickItem {
  readonly flowId: string;
  readonly attemptId: string;
}

/** Shows the active runs; accepting one opens its history, its buttons cancel it or open its log. */
export function showActiveRuns(services: CommandServices): void {
  const { sessions, statusBar } = services;
  statusBar.clearFailures();
  if (sessions.failure !== undefined) {
    services.notifier.error(sessions.failure, { again: () => sessions.reopen() });
    return;
  }
  const cancelButton: QuickInputButton = { iconPath: new ThemeIcon('debug-stop'), tooltip: l10n.t('Cancel') };
  const logButton: QuickInputButton = { iconPath: new ThemeIcon('output'), tooltip: l10n.t('Open Run Log') };
  const list = window.createQuickPick<RunItem>();
  const disposables = new DisposableStore();
  const items = (): RunItem[] => {
    const session = sessions.current;
    const now = new Date();
    return (session?.monitor.state.active ?? []).map((run) => {
      const flow = session?.model.flow(run.flowId);
      const look = attemptLook(attemptDisplay('RUNNING', run));
      const percentage = clampPercentage(run.progressPercentage);
      const seconds = elapsedSeconds(
        { status: 'RUNNING', startedAt: run.startedAt, completedAt: null, durationSeconds: null },
        now,
      );
      return {
        flowId: run.flowId,
        attemptId: run.attemptId,
        label: flow ? flowTitle(flow) : run.flowId,
        iconPath: new ThemeIcon(look.icon),
        description: [
          `#${run.attemptNumber} ${look.label.toLowerCase()}`,
          ...(percentage === null ? [] : [`${percentage}%`]),
          ...(seconds === null ? [] : [formatDuration(seconds)]),
        ].join(', '),
        detail: run.statusMessage ?? '',
        buttons: [logButton, cancelButton],
      };
    });
  };
  const draw = (): void => {
    const active = list.activeItems[0]?.attemptId;
    const next = items();
    list.items = next;
    list.placeholder =
      next.length === 0 ? l10n.t('No conversion is running') : l10n.t('Choose a run to see its history');
    list.activeItems = next.filter((item) => item.attemptId === active);
  };
  list.title = l10n.t('Active Runs');
  list.matchOnDescription = true;
  list.keepScrollPosition = true;
  disposables.add(list);
  disposables.add(sessions.onDidChangeRuns(draw));
  disposables.add(
    list.onDidTriggerItemButton(({ button, item }) => {
      const target = { flowId: item.flowId, attemptId: item.attemptId };
      void commands.executeCommand(button === cancelButton ? COMMANDS.cancelConversion : COMMANDS.openRunLog, target);
    }),
  );
  disposables.add(
    list.onDidAccept(() => {
      const [item] = list.selectedItems;
      list.hide();
      if (item !== undefined) {
        void commands.executeCommand(COMMANDS.viewAllAttempts, { flowId: item.flowId, attemptId: item.attemptId });
      }
    }),
  );
  disposables.add(list.onDidHide(() => disposables.dispose()));
  draw();
  list.show();
}
