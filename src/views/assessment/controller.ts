/** One assessment, without VS Code: runs it with progress and cancel, keeps its result and hands it out. */
import {
  assessmentToCsv,
  assessmentToJson,
  assessmentToMarkdown,
  inSuggestedOrder,
  type Assessment,
  type AssessProgress,
} from '../../flows/assessment';
import { AcceleratorError } from '../../flows/errors';
import { MessageController } from '../pages/messageController';
import { messageOf, type PageLink, type PageLog } from '../pages/page';
import { assessmentId, type AssessmentRequest, type FinishedAssessment, type KeptAssessment } from './kept';
import { parsePageMessage, type ExportFormat, type HostMessage, type PageMessage } from './protocol';
import { reportState } from './state';

export type { AssessmentRequest } from './kept';

export interface AssessmentActions {
  /**
   * Assesses; a cancel resolves with what was read until then. Rejects with `AcceleratorError`: Python missing, no flow
   * found, not trusted.
   */
  assess(
    request: AssessmentRequest,
    onProgress: (progress: AssessProgress) => void,
    signal: AbortSignal,
  ): Promise<Assessment>;
  /** Keeps an assessment over a reload of the window. */
  keep(id: string, kept: KeptAssessment): Promise<void>;
  /** What was kept; null where nothing is. */
  kept(id: string): Promise<KeptAssessment | null>;
  /** Writes a file of the person's choice. */
  save(name: string, format: ExportFormat, content: string): Promise<void>;
  copy(text: string): Promise<void>;
  /** Shows the file of a flow that was assessed. */
  openSource(request: AssessmentRequest, source: string): Promise<void>;
  /** The text of the button that mends an error; null where there is none but trying again. */
  mendingTitle(error: AcceleratorError): string | null;
  mend(error: AcceleratorError): Promise<void>;
}

/** What a page is of. */
export interface AssessmentKey {
  readonly request: AssessmentRequest;
  /** What a page showed before the window was loaded anew; null: it is a new one. */
  readonly kept: KeptAssessment | null;
}

export interface AssessmentOptions {
  readonly key: AssessmentKey;
  readonly actions: AssessmentActions;
  /** The opened folders. */
  readonly folders: readonly string[];
  readonly log: PageLog;
  readonly link: PageLink<HostMessage>;
}

export class AssessmentController extends MessageController<PageMessage, HostMessage> {
  private readonly request: AssessmentRequest;
  private run: AbortController | null = null;
  private last: HostMessage | null = null;
  private done: FinishedAssessment | null = null;
  private failure: AcceleratorError | null = null;

  constructor(private readonly options: AssessmentOptions) {
    super({ page: 'The page of an assessment', parse: parsePageMessage, log: options.log }, options.link);
    const { request, kept } = options.key;
    this.request = request;
    options.link.setTitle(`Assessment: ${request.label}`);
    if (kept === null) return;
    this.done = kept.done;
    this.last =
      kept.done === null
        ? this.failed('The window was closed before it ended.', 'Assess again')
        : this.report(kept.done);
  }

  /** Assesses, unless it is at it already. */
  assess(): void {
    this.answer('assess', this.read());
  }

  override dispose(): void {
    super.dispose();
    this.run?.abort();
  }

  protected async handle(message: PageMessage): Promise<void> {
    const { actions } = this.options;
    switch (message.type) {
      case 'ready':
        this.link.post({ type: 'opened', id: assessmentId(this.request) });
        if (this.last !== null) {
          this.link.post(this.last);
        }
        return;
      case 'cancel':
        this.run?.abort();
        return;
      case 'again':
        return this.read();
      case 'mend':
        if (this.failure !== null && actions.mendingTitle(this.failure) !== null) {
          return actions.mend(this.failure);
        }
        return this.read();
      case 'export':
        return this.export(message.format);
      case 'copyMarkdown':
        await actions.copy(assessmentToMarkdown(this.result(), this.request.label));
        this.link.post({ type: 'copied' });
        return;
      case 'openSource': {
        const flow = inSuggestedOrder(this.result())[message.index];
        if (flow === undefined) {
          throw new AcceleratorError('notFound', 'This flow is not in the assessment any more.');
        }
        return actions.openSource(this.request, flow.source);
      }
    }
  }

  private async export(format: ExportFormat): Promise<void> {
    const result = this.result();
    const content = format === 'csv' ? assessmentToCsv(result) : assessmentToJson(result);
    return this.options.actions.save('nifi-assessment', format, content);
  }

  private result(): Assessment {
    if (this.done === null) {
      throw new AcceleratorError('notFound', 'The assessment is not finished.');
    }
    return this.done.assessment;
  }

  private async read(): Promise<void> {
    if (this.run !== null) {
      return;
    }
    const { request } = this;
    const { actions } = this.options;
    const run = new AbortController();
    this.run = run;
    this.failure = null;
    const tell = ({ stage, done, total, source }: AssessProgress): void =>
      this.show({ type: 'running', label: request.label, stage, done, total, source });
    tell({ stage: 'look', done: 0, total: 0, source: '' });
    try {
      await this.keep(null);
      const assessment = await actions.assess(request, tell, run.signal);
      this.done = { assessment, at: new Date() };
      this.show(this.report(this.done));
      await this.keep(this.done);
    } catch (error) {
      if (this.gone.signal.aborted) {
        return;
      }
      this.log('The assessment failed.', error);
      this.failure = AcceleratorError.is(error) ? error : null;
      const cancelled = AcceleratorError.is(error, 'cancelled');
      const button = this.failure === null ? null : actions.mendingTitle(this.failure);
      const message = cancelled ? 'It was cancelled before a flow was read.' : messageOf(error);
      this.show(this.failed(message, button ?? 'Try again'));
    } finally {
      this.run = null;
    }
  }

  /** Without a place for it the page is there all the same, until the window is loaded anew. */
  private async keep(done: FinishedAssessment | null): Promise<void> {
    try {
      await this.options.actions.keep(assessmentId(this.request), { request: this.request, done });
    } catch (error) {
      this.log('The assessment could not be kept.', error);
    }
  }

  private report({ assessment, at }: FinishedAssessment): HostMessage {
    return { type: 'report', report: reportState(assessment, this.request.label, at, this.options.folders) };
  }

  private failed(message: string, button: string): HostMessage {
    return { type: 'failed', label: this.request.label, message, button };
  }

  private show(message: HostMessage): void {
    this.last = message;
    this.link.post(message);
  }
}
