/** What every page's controller does with messages: parses them, does what is asked, and says where it could not. */
import { AcceleratorError } from '../../flows/errors';
import { messageOf, type PageController, type PageLink, type PageLog } from './page';

export interface MessageOptions<PageMessage> {
  /** The page in the log: "The page of failures". */
  readonly page: string;
  readonly parse: (value: unknown) => PageMessage | null;
  readonly log: PageLog;
}

/** What a page is told where something that it asked for was not done. */
export interface Refusal {
  readonly type: 'refused';
  readonly message: string;
}

export abstract class MessageController<
  PageMessage extends { readonly type: string },
  HostMessage,
> implements PageController {
  /** Aborted when the page has gone: nothing is read or said for it after that. */
  protected readonly gone = new AbortController();

  protected constructor(
    private readonly messages: MessageOptions<PageMessage>,
    protected readonly link: PageLink<HostMessage | Refusal>,
  ) {}

  receive(value: unknown): void {
    const message = this.messages.parse(value);
    if (message === null) {
      this.log(`${this.messages.page} sent something that is not understood.`);
      return;
    }
    this.answer(message.type, this.handle(message));
  }

  dispose(): void {
    this.gone.abort();
  }

  protected abstract handle(message: PageMessage): Promise<void>;

  protected log(message: string, error?: unknown): void {
    this.messages.log(message, error);
  }

  /**
   * Waits for what a page asked for. A failure is logged and said on the page; what was cancelled, and what ends after
   * the page has gone, is neither.
   */
  protected answer(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (AcceleratorError.is(error, 'cancelled') || this.gone.signal.aborted) {
        return;
      }
      this.log(`${this.messages.page} could not do "${what}".`, error);
      this.link.post({ type: 'refused', message: messageOf(error) });
    });
  }
}
