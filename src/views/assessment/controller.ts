/** One assessment, without VS Code: runs it with progress and cancel, keeps its result and hands it out. */
import {
  assessmentToCsv,
  assessmentToMarkdown,
  inSuggestedOrder,
  type Assessment,
  type AssessProgress,
} from '../../flows/assessment';
import { AcceleratorError } from '../../flows/errors';
import { answering, messageOf, type PageController, type PageLink, type PageLog } from '../pages/page';
import { parsePageMessage, type ExportFormat, type HostMessage, type PageMessage } from './protocol';
import { reportState } from './state';

export interface AssessmentRequest {
  /** What is assessed, in words. */
  readonly label: string;
  /** Files, `FILE#GROUP` and folders. */
  readonly sources: readonly string[];
}

export interface AssessmentActions {
  /**
   * Assesses; a cancel resolves with what was read until then. Rejects with `AcceleratorError`: Python missing, no flow
   * found, not trusted.
   */
  assess(
    sources: readonly string[],
    onProgress: (progress: AssessProgress) => void,
    signal: AbortSignal,
  ): Promise<Assessment>;
  /** Writes a file of the person's choice. */
  save(name: string, format: ExportFormat, content: string): Promise<void>;
  copy(text: string): Promise<void>;
  openSource(source: string): Promise<void>;
  /** The text of the button that mends an error; null where there is none but trying again. */
  mendingTitle(error: AcceleratorError): string | null;
  mend(error: AcceleratorError): Promise<void>;
}

export interface AssessmentOptions {
  readonly request: AssessmentRequest;
  readonly actions: AssessmentActions;
  /** The opened folders. */
  readonly folders: readonly string[];
  readonly log: PageLog;
  readonly link: PageLink<HostMessage>;
}

interface Done {
  readonly assessment: Assessment;
  readonly at: Date;
}

export class AssessmentController implements PageController {
  private readonly gone = new AbortController();
  private run: AbortController | null = null;
  private last: HostMessage | null = null;
  private done: Done | null = null;
  private failure: AcceleratorError | null = null;

  constructor(private readonly options: AssessmentOptions) {
    options.link.setTitle(`Assessment: ${options.request.label}`);
  }

  /** Assesses, unless it is at it already. */
  assess(): void {
    this.answer('assess', this.read());
  }

  dispose(): void {
    this.gone.abort();
    this.run?.abort();
  }

  receive(value: unknown): void {
    const message = parsePageMessage(value);
    if (message === null) {
      this.options.log('The page of an assessment sent something that is not understood.');
      return;
    }
    this.answer(message.type, this.handle(message));
  }

  private answer(what: string, work: Promise<void>): void {
    const { log, link } = this.options;
    answering(work, {
      what,
      signal: this.gone.signal,
      log,
      refuse: (message) => link.post({ type: 'refused', message }),
    });
  }

  private async handle(message: PageMessage): Promise<void> {
    const { actions, link, request } = this.options;
    switch (message.type) {
      case 'ready':
        if (this.last !== null) {
          link.post(this.last);
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
        await actions.copy(assessmentToMarkdown(this.result(), request.label));
        link.post({ type: 'copied' });
        return;
      case 'openSource': {
        const flow = inSuggestedOrder(this.result())[message.index];
        if (flow === undefined) {
          throw new AcceleratorError('notFound', 'This flow is not in the assessment any more.');
        }
        return actions.openSource(flow.source);
      }
    }
  }

  private async export(format: ExportFormat): Promise<void> {
    const result = this.result();
    const content = format === 'csv' ? assessmentToCsv(result) : `${JSON.stringify(result, null, 1)}\n`;
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
    const { request, actions, folders, log } = this.options;
    const run = new AbortController();
    this.run = run;
    this.failure = null;
    const tell = ({ done, total, source }: AssessProgress): void =>
      this.show({ type: 'running', label: request.label, done, total, source });
    tell({ done: 0, total: 0, source: '' });
    try {
      const assessment = await actions.assess(request.sources, tell, run.signal);
      this.done = { assessment, at: new Date() };
      this.show({ type: 'report', report: reportState(assessment, request.label, this.done.at, folders) });
    } catch (error) {
      if (this.gone.signal.aborted) {
        return;
      }
      log('The assessment failed.', error);
      this.failure = AcceleratorError.is(error) ? error : null;
      const cancelled = AcceleratorError.is(error, 'cancelled');
      const button = this.failure === null ? null : actions.mendingTitle(this.failure);
      this.show({
        type: 'failed',
        label: request.label,
        message: cancelled ? 'It was cancelled before a flow was read.' : messageOf(error),
        button: button ?? 'Try again',
      });
    } finally {
      this.run = null;
    }
  }

  private show(message: HostMessage): void {
    this.last = message;
    this.options.link.post(message);
  }
}
