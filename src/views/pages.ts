/** The pages, put together: one kind of panel each. A bundle of its own: activation pays for none of them. */
import type { Uri, WebviewPanel } from 'vscode';
import type { Disposable } from '../flows/event';
import { WEBVIEWS } from '../platform/contributions';
import type { WebviewId } from '../platform/contributions';
import {
  AssessmentController,
  type AssessmentActions,
  type AssessmentKey,
  type AssessmentRequest,
} from './assessment/controller';
import { assessmentId } from './assessment/kept';
import { parseSavedState as parseAssessment, type HostMessage as AssessmentMessage } from './assessment/protocol';
import { CompareController, type CompareActions, type Pair } from './compare/controller';
import { parseSavedState as parsePair, type HostMessage as CompareMessage } from './compare/protocol';
import { FailuresController, type FailuresActions } from './failures/controller';
import type { HostMessage as FailuresMessage } from './failures/protocol';
import type { HistoryActions } from './historyPanel/actions';
import { HistoryController, type HistorySource } from './historyPanel/controller';
import { parseSavedState as parseHistory, type HostMessage as HistoryMessage } from './historyPanel/protocol';
import type { PageLog, PageSource } from './pages/page';
import { PagePanels } from './pages/pagePanels';

export interface PagesOptions {
  readonly extensionUri: Uri;
  readonly source: PageSource & HistorySource;
  readonly history: HistoryActions;
  readonly compare: CompareActions;
  readonly failures: FailuresActions;
  readonly assessment: AssessmentActions;
  /** The opened folders. */
  readonly folders: () => readonly string[];
  readonly log: PageLog;
}

export interface Pages extends Disposable {
  /** Opens a flow's history, or brings it to the front; an attempt is selected where one is named. */
  history(flowId: string, attemptId?: string): void;
  /** Whether a flow's history is in sight, so that nothing else needs to tell what happens there. */
  isShowingHistory(flowId: string): boolean;
  compare(pair: Pair): void;
  failures(): void;
  /** Assesses anew, also where a page shows an earlier assessment of the same. */
  assess(request: AssessmentRequest): void;
  /** Takes over a panel that a reload brought back. */
  restore(type: WebviewId, panel: WebviewPanel, saved: unknown): Promise<void>;
}

export function createPages(options: PagesOptions): Pages {
  const { extensionUri, source, log } = options;
  const history = new PagePanels<string, HistoryMessage, HistoryController>(
    extensionUri,
    {
      type: WEBVIEWS.history,
      bundle: 'historyPanel',
      title: 'History',
      idOf: (flowId) => flowId,
      restore: async (saved) => parseHistory(saved)?.flowId ?? null,
      open: (flowId, link) => new HistoryController({ flowId, source, actions: options.history, log, link }),
    },
    log,
  );
  const compare = new PagePanels<Pair, CompareMessage, CompareController>(
    extensionUri,
    {
      type: WEBVIEWS.compare,
      bundle: 'compare',
      title: 'Compare attempts',
      idOf: ({ left, right }) => [left, right].sort().join(' '),
      restore: async (saved) => parsePair(saved),
      open: (pair, link) => new CompareController({ pair, source, actions: options.compare, log, link }),
    },
    log,
  );
  const failures = new PagePanels<'failures', FailuresMessage, FailuresController>(
    extensionUri,
    {
      type: WEBVIEWS.failures,
      bundle: 'failures',
      title: 'Failures by cause',
      idOf: (key) => key,
      restore: async () => 'failures',
      open: (_key, link) => new FailuresController({ source, actions: options.failures, log, link }),
    },
    log,
  );
  const assessment = new PagePanels<AssessmentKey, AssessmentMessage, AssessmentController>(
    extensionUri,
    {
      type: WEBVIEWS.assessment,
      bundle: 'assessment',
      title: 'Estate assessment',
      idOf: ({ request }) => assessmentId(request),
      restore: async (saved) => {
        const state = parseAssessment(saved);
        const kept = state === null ? null : await options.assessment.kept(state.id);
        return kept === null ? null : { request: kept.request, kept };
      },
      open: (key, link) =>
        new AssessmentController({ key, actions: options.assessment, folders: options.folders(), log, link }),
    },
    log,
  );
  const panels = {
    [WEBVIEWS.history]: history,
    [WEBVIEWS.compare]: compare,
    [WEBVIEWS.failures]: failures,
    [WEBVIEWS.assessment]: assessment,
  };
  return {
    history: (flowId, attemptId) => {
      const controller = history.show(flowId);
      if (attemptId !== undefined) {
        controller.show(attemptId);
      }
    },
    isShowingHistory: (flowId) => history.isShowing(flowId),
    compare: (pair) => void compare.show(pair),
    failures: () => void failures.show('failures'),
    assess: (request) => assessment.show({ request, kept: null }).assess(),
    restore: (type, panel, saved) => panels[type].restore(panel, saved),
    dispose: () => Object.values(panels).forEach((one) => one.dispose()),
  };
}
