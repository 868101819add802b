/** Two attempts side by side, without VS Code: reads them with their output, and does what is pressed. */
import { readReport, readSourceCopy, sourceCopyPath } from '../../flows/attemptOutput';
import { AcceleratorError } from '../../flows/errors';
import type { Disposable } from '../../flows/event';
import type { AttemptView } from '../../flows/flowsModel';
import { mapParallel } from '../../flows/parallel';
import type { NotebookReference } from '../historyPanel/actions';
import { errorOf, goesOn } from '../historyPanel/state';
import { MessageController } from '../pages/messageController';
import { messageOf, type PageLink, type PageLog, type PageSession, type PageSource } from '../pages/page';
import { parsePageMessage, type HostMessage, type PageMessage, type Side } from './protocol';
import { comparison, notebookNames, pageTitle, pathsByName, type ReadAttempt } from './state';

/** Notebooks read at a time. */
const READ_AT_ONCE = 8;

export interface Pair {
  readonly left: string;
  readonly right: string;
}

export interface CompareActions {
  openNotebook(notebook: NotebookReference, beside: boolean): Promise<void>;
  /** The copies of the two flows, in a diff editor. */
  diffSources(older: NotebookReference, newer: NotebookReference): Promise<void>;
  diffNotebooks(pairs: readonly (readonly [NotebookReference, NotebookReference])[]): Promise<void>;
  showHistory(flowId: string, attemptId: string): Promise<void>;
  copy(text: string): Promise<void>;
}

export interface CompareOptions {
  readonly pair: Pair;
  readonly source: PageSource;
  readonly actions: CompareActions;
  readonly log: PageLog;
  readonly link: PageLink<HostMessage>;
}

interface Read {
  readonly left: ReadAttempt;
  readonly right: ReadAttempt;
}

export class CompareController extends MessageController<PageMessage, HostMessage> {
  private readonly subscription: Disposable;
  private pair: Pair;
  private read: Read | null = null;
  private reading = 0;

  constructor(private readonly options: CompareOptions) {
    super({ page: 'The page of two attempts', parse: parsePageMessage, log: options.log }, options.link);
    this.pair = options.pair;
    this.subscription = options.source.onDidChangeFlows(({ flowIds }) => {
      const active =
        this.read === null ? [] : [this.read.left, this.read.right].filter(({ attempt }) => goesOn(attempt));
      // An attempt that has ended never changes again.
      if (active.some(({ attempt }) => flowIds === 'all' || flowIds.has(attempt.flowId))) {
        this.answer('read again', this.load(true));
      }
    });
  }

  override dispose(): void {
    super.dispose();
    this.subscription.dispose();
  }

  protected async handle(message: PageMessage): Promise<void> {
    const { actions } = this.options;
    switch (message.type) {
      case 'ready':
        // A page that was hidden starts anew: what has ended needs no second reading.
        return this.read !== null && !goesOn(this.read.left.attempt) && !goesOn(this.read.right.attempt)
          ? this.show()
          : this.load(false);
      case 'tryAgain':
        return this.load(false);
      case 'swap':
        this.pair = { left: this.pair.right, right: this.pair.left };
        this.read = this.read === null ? null : { left: this.read.right, right: this.read.left };
        return this.show();
      case 'openNotebook':
        return actions.openNotebook(this.notebook(message.side, message.index), message.beside);
      case 'diffNotebook':
        return actions.diffNotebooks([[this.notebook('left', message.index), this.notebook('right', message.index)]]);
      case 'diffAll':
        return actions.diffNotebooks(this.differingPairs());
      case 'diffSource':
        return actions.diffSources(await this.source('left'), await this.source('right'));
      case 'openHistory': {
        const { attempt } = this.known()[message.side];
        return actions.showHistory(attempt.flowId, attempt.attemptId);
      }
      case 'copyError': {
        const error = errorOf(this.known()[message.side].attempt);
        if (error === null) {
          throw new AcceleratorError('notFound', 'This attempt has no error to copy.');
        }
        await actions.copy(error);
        this.link.post({ type: 'copied' });
      }
    }
  }

  /** @param unasked nobody asked for it: nothing is read where that costs money */
  private async load(unasked: boolean): Promise<void> {
    const turn = ++this.reading;
    const { source } = this.options;
    try {
      const session = await source.get();
      if (unasked && session.workspace.readsCostMoney) {
        return;
      }
      const { left, right } = this.pair;
      const attempts = await session.workspace.store.getAttempts([left, right], this.gone.signal);
      const [a, b] = [left, right].map((id) => attempts.find(({ attemptId }) => attemptId === id));
      if (a === undefined || b === undefined) {
        throw new AcceleratorError('notFound', 'One of the two attempts is not in the history any more.');
      }
      const read = await Promise.all([this.readOutput(session, a), this.readOutput(session, b)]);
      if (turn === this.reading && left === this.pair.left) {
        this.read = { left: read[0], right: read[1] };
        await this.show();
      }
    } catch (error) {
      if (!this.gone.signal.aborted) {
        this.log('The attempts to compare could not be read.', error);
        this.link.post({ type: 'failed', message: messageOf(error) });
      }
    }
  }

  private async readOutput(session: PageSession, row: Omit<AttemptView, 'live'>): Promise<ReadAttempt> {
    const { notebooks } = session.workspace;
    const flow = session.model.flow(row.flowId);
    const attempt: AttemptView = { ...row, live: flow?.live?.attemptId === row.attemptId ? flow.live : null };
    const { signal } = this.gone;
    const paths = [...pathsByName({ attempt }).values()];
    const [report, source, texts] = await Promise.all([
      readReport(notebooks, attempt, signal),
      readSourceCopy(notebooks, attempt, signal),
      mapParallel(paths, READ_AT_ONCE, async (path): Promise<readonly [string, string | null]> => {
        try {
          return [path, await notebooks.readText(path, signal)];
        } catch (error) {
          signal.throwIfAborted();
          this.log(`${path} could not be read.`, error);
          return [path, null];
        }
      }),
    ]);
    return { attempt, flow, report, source, texts: new Map(texts) };
  }

  private async show(): Promise<void> {
    if (this.read === null) {
      return;
    }
    const { workspace } = await this.options.source.get();
    const shown = comparison(this.read.left, this.read.right, workspace.kind);
    this.link.setTitle(pageTitle(shown));
    this.link.post({ type: 'comparison', comparison: shown });
  }

  private known(): Read {
    if (this.read === null) {
      throw new AcceleratorError('notFound', 'The attempts have not been read yet.');
    }
    return this.read;
  }

  private async source(side: Side): Promise<NotebookReference> {
    const { attempt, source } = this.known()[side];
    if (source === null) {
      throw new AcceleratorError('notFound', 'No copy of this flow was kept with the attempt.');
    }
    const { workspace } = await this.options.source.get();
    return { attempt, index: 0, path: sourceCopyPath(workspace.notebooks, attempt) };
  }

  private notebook(side: Side, index: number): NotebookReference {
    const { left, right } = this.known();
    const name = notebookNames(left, right)[index];
    const { attempt } = side === 'left' ? left : right;
    const path = name === undefined ? undefined : pathsByName({ attempt }).get(name);
    if (path === undefined) {
      throw new AcceleratorError('notFound', 'This notebook is not known here any more.');
    }
    return { attempt, index, path };
  }

  private differingPairs(): readonly (readonly [NotebookReference, NotebookReference])[] {
    const { left, right } = this.known();
    const [a, b] = [pathsByName(left), pathsByName(right)];
    return notebookNames(left, right).flatMap((name, index) => {
      const [one, other] = [a.get(name), b.get(name)];
      const same = one === undefined || other === undefined || left.texts.get(one) === right.texts.get(other);
      return same ? [] : [[this.notebook('left', index), this.notebook('right', index)] as const];
    });
  }
}
