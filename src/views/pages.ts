/** The pages beside the history, put together. A bundle of its own: activation pays for none of them. */
import type { Uri, WebviewPanel } from 'vscode';
import type { Disposable } from '../flows/event';
import { WEBVIEWS } from '../platform/contributions';
import type { RestoredWebviewId } from '../platform/contributions';
import { AssessmentController, type AssessmentActions, type AssessmentRequest } from './assessment/controller';
import type { HostMessage as AssessmentMessage } from './assessment/protocol';
import { CompareController, type CompareActions, type Pair } from './compare/controller';
import { parseSavedState as parseComparePair, type HostMessage as CompareMessage } from './compare/protocol';
import { FailuresController, type FailuresActions } from './failures/controller';
import type { HostMessage as FailuresMessage } from './failures/protocol';
import type { PageLog, PageSource } from './pages/page';
import { PagePanels } from './pages/pagePanels';

export interface PagesOptions {
  readonly extensionUri: Uri;
  readonly source: PageSource;
  readonly compare: CompareActions;
  readonly failures: FailuresActions;
  readonly assessment: AssessmentActions;
  /** The opened folders. */
  readonly folders: () => readonly string[];
  readonly log: PageLog;
}

export interface Pages extends Disposable {
  compare(pair: Pair): void;
  failures(): void;
  /** Assesses anew, also where a page shows an earlier assessment of the same. */
  assess(request: AssessmentRequest): void;
  /** Takes over a panel that a reload brought back. */
  restore(type: RestoredWebviewId, panel: WebviewPanel, saved: unknown): void;
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
      restore: (saved) => {
        const key = parseComparePair(saved);
        return key === null ? null : { key };
      },
      open: (pair, link) => new CompareController({ pair, source, actions: options.compare, log, link }),
    },
    log,
  );
  const failures = new PagePanels<null, FailuresMessage, FailuresController>(
    extensionUri,
    {
      type: WEBVIEWS.failures,
      bundle: 'failures',
      title: 'Failures by cause',
      idOf: () => 'failures',
      restore: () => ({ key: null }),
      open: (_key, link) => new FailuresController({ source, actions: options.failures, log, link }),
    },
    log,
  );
  const assessment = new PagePanels<AssessmentRequest, AssessmentMessage, AssessmentController>(
    extensionUri,
    {
      type: WEBVIEWS.assessment,
      bundle: 'assessment',
      title: 'Estate assessment',
      idOf: ({ sources }) => JSON.stringify(sources),
      // What was read is gone with the window, and reading it again is the person's to ask for.
      restore: () => null,
      open: (request, link) =>
        new AssessmentController({ request, actions: options.assessment, folders: options.folders(), log, link }),
    },
    log,
  );
  return {
    compare: (pair) => void compare.show(pair),
    failures: () => void failures.show(null),
    assess: (request) => assessment.show(request).assess(),
    restore: (type, panel, saved) => {
      if (type === WEBVIEWS.compare) {
        compare.restore(panel, saved);
      } else {
        failures.restore(panel, saved);
      }
    },
    dispose: () => [compare, failures, assessment].forEach((one) => one.dispose()),
  };
}
