/**
 * One flow's history page, without VS Code: reads what is to be shown, keeps it up to date and does what is pressed. It
 * trusts the page with nothing: what a message names is looked up here, and refused where it is not so any more.
 */
import { AcceleratorError } from '../../flows/errors';
import type { Disposable, Event } from '../../flows/event';
import type { AttemptView, FlowsChange, FlowsModel, FlowView } from '../../flows/flowsModel';
import type { Workspace } from '../../flows/workspace';
import { MessageController } from '../pages/messageController';
import type { PageLink, PageLog } from '../pages/page';
import { Readings } from '../pages/readings';
import type { HistoryActions, NotebookReference } from './actions';
import { AttemptList, PAGE_SIZE } from './attemptList';
import { Patches, type PageState } from './patches';
import { parsePageMessage, type HostMessage, type PageMessage } from './protocol';
import { SelectedDetails } from './selectedDetails';
import {
  earlierSuccess,
  errorOf,
  headerState,
  newestWithNotebooks,
  notebooksOf,
  problemState,
  rowState,
} from './state';

/** What of an open session the page needs. */
export interface HistorySession {
  readonly model: Pick<FlowsModel, 'flow' | 'history' | 'loadState' | 'refresh'>;
  readonly workspace: Pick<Workspace, 'kind' | 'readsCostMoney' | 'notebooks'>;
}

export interface HistorySource {
  /** The open session, opened where it is not. */
  get(): Promise<HistorySession>;
  /** The open session; undefined while none is. */
  readonly current: HistorySession | undefined;
  readonly onDidChangeFlows: Event<FlowsChange>;
}

export interface HistoryControllerOptions {
  readonly flowId: string;
  readonly source: HistorySource;
  readonly actions: HistoryActions;
  readonly log: PageLog;
  readonly link: PageLink<HostMessage>;
}

export class HistoryController extends MessageController<PageMessage, HostMessage> {
  private readonly subscription: Disposable;
  private readonly list = new AttemptList();
  private readonly patches = new Patches();
  private readonly details = new SelectedDetails(
    this.list,
    (details) => this.link.post({ type: 'details', details }),
    this.gone.signal,
  );
  private shown: HistorySession | null = null;
  private flow: FlowView | null = null;
  private readAt: Date | null = null;
  private opening: AcceleratorError | null = null;
  private failure: AcceleratorError | null = null;
  private phase: 'loading' | 'ready' = 'loading';
  private loadingOlder = false;
  private rowKey = '';
  private readonly readings = new Readings(this.gone.signal);
  private toSelect: string | null = null;

  constructor(private readonly options: HistoryControllerOptions) {
    super({ page: 'The history page', parse: parsePageMessage, log: options.log }, options.link);
    this.subscription = options.source.onDidChangeFlows(({ flowIds }) => {
      if (flowIds === 'all' || flowIds.has(options.flowId)) {
        this.inBackground(this.refresh());
      }
    });
  }

  override dispose(): void {
    super.dispose();
    this.subscription.dispose();
  }

  /** Brings an attempt to the front, at once or as soon as the page is there. */
  show(attemptId: string): void {
    if (this.list.find(attemptId) === undefined) {
      this.toSelect = attemptId;
    } else {
      this.link.post({ type: 'select', attemptId, focus: true });
    }
  }

  hidden(): void {
    this.patches.reset();
  }

  private inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.log('The history page could not be updated.', error));
  }

  protected async handle(message: PageMessage): Promise<void> {
    const { actions } = this.options;
    switch (message.type) {
      case 'ready':
        this.details.newPage();
        this.link.post(this.patches.init(this.state(), this.takeSelect()));
        return this.refresh();
      case 'select':
        this.details.select(message.attemptId);
        return this.sendDetails();
      case 'primary':
        return this.primary(message.action);
      case 'openNotebook':
        return actions.openNotebook(this.notebook(this.attempt(message.attemptId), message.index), message.beside);
      case 'diffNotebook':
        return this.diff(message.attemptId, message.index);
      case 'openNotebooks': {
        const attempt = newestWithNotebooks(this.list.all);
        if (attempt === undefined) {
          throw new AcceleratorError('notFound', 'No attempt of this flow has written notebooks.');
        }
        return actions.openNotebooks(attempt);
      }
      case 'openLog':
        return actions.openLog(this.attempt(message.attemptId));
      case 'openSource':
        return actions.openFlow(this.knownFlow(), this.details.of(this.attempt(message.attemptId)).sourceLine);
      case 'copyError': {
        const error = errorOf(this.attempt(message.attemptId));
        if (error === null) {
          throw new AcceleratorError('notFound', 'This attempt has no error to copy.');
        }
        await actions.copy(error);
        this.link.post({ type: 'copied' });
        return;
      }
      case 'compare': {
        const [a, b] = [this.attempt(message.first), this.attempt(message.second)];
        return a.attemptNumber < b.attemptNumber ? actions.compare(a, b) : actions.compare(b, a);
      }
      case 'openFlow':
        return actions.openFlow(this.knownFlow(), null);
      case 'locateFile':
        return actions.locateFile(this.knownFlow());
      case 'assess':
        return actions.assess(this.knownFlow());
      case 'export':
        return actions.exportHistory(this.knownFlow());
      case 'showOlder':
        return this.loadOlder();
      case 'tryAgain':
        this.rowKey = '';
        return this.refresh();
      case 'mend':
        return this.mend();
    }
  }

  private async primary(action: Extract<PageMessage, { type: 'primary' }>['action']): Promise<void> {
    const { actions } = this.options;
    const flow = this.knownFlow();
    const header = this.state().header;
    if (header?.primary !== action || header.primaryOff !== null) {
      throw new AcceleratorError('conflict', header?.primaryOff ?? 'The flow has changed. Look at its state first.');
    }
    if (action === 'cancel') {
      return flow.currentAttemptId === null ? undefined : actions.cancel(flow, flow.currentAttemptId);
    }
    return action === 'retry' ? actions.retry(flow) : actions.start(flow);
  }

  private async diff(attemptId: string, index: number): Promise<void> {
    const attempt = this.attempt(attemptId);
    const newer = this.notebook(attempt, index);
    const earlier = earlierSuccess(attempt, this.list.all);
    const name = this.details.of(attempt).notebooks[index]?.name;
    const at =
      earlier === undefined ? -1 : this.details.of(earlier).notebooks.findIndex((notebook) => notebook.name === name);
    if (earlier === undefined || at < 0) {
      throw new AcceleratorError('notFound', `${name ?? 'This notebook'} was not written by an earlier success.`);
    }
    return this.options.actions.diffNotebooks(this.notebook(earlier, at), newer);
  }

  private async mend(): Promise<void> {
    const problem = this.problem();
    if (problem !== null && this.options.actions.mendingTitle(problem) !== null) {
      return this.options.actions.mend(problem, this.options.flowId);
    }
    this.rowKey = '';
    const session = await this.session();
    await session?.model.refresh(this.gone.signal);
    return this.refresh();
  }

  private attempt(attemptId: string): AttemptView {
    const attempt = this.list.find(attemptId);
    if (attempt === undefined) {
      throw new AcceleratorError('notFound', 'This attempt is not known here any more.');
    }
    return attempt;
  }

  private notebook(attempt: AttemptView, index: number): NotebookReference {
    const path = notebooksOf(attempt)[index];
    if (path === undefined) {
      throw new AcceleratorError('notFound', 'This notebook is not known here any more.');
    }
    return { attempt, index, path };
  }

  private knownFlow(): FlowView {
    if (this.flow === null) {
      throw new AcceleratorError('flowNotRegistered', 'This flow is not known here any more.');
    }
    return this.flow;
  }

  /** What stands in the way of fresh data, the nearest cause first. */
  private problem(): AcceleratorError | null {
    const load = this.options.source.current?.model.loadState;
    return this.opening ?? (load?.kind === 'failed' ? load.error : null);
  }

  private state(): PageState {
    const { actions, source } = this.options;
    const kind = source.current?.workspace.kind ?? 'local';
    const problem = this.problem();
    const attempts = this.list.all;
    const missing = this.flow === null && this.phase === 'ready' && problem === null;
    return {
      header:
        this.flow === null
          ? null
          : headerState({ flow: this.flow, attempts, kind, capabilities: actions.capabilities, problem }),
      problem: missing
        ? {
            title: 'This flow is not known here.',
            why: 'Its file is not in the folders that are open, or it was removed from the list of flows.',
            dataFrom: null,
            button: 'Try again',
          }
        : problem === null
          ? null
          : problemState(problem, actions.mendingTitle(problem), this.readAt),
      list: {
        phase: this.phase,
        older: this.list.older,
        loadingOlder: this.loadingOlder,
        failure: this.failure === null ? null : { message: this.failure.message, button: 'Try again' },
      },
      rows: attempts.map((attempt) => rowState(attempt, this.flow?.nifiXmlPath ?? '')),
    };
  }

  private send(): void {
    const patch = this.patches.patch(this.state());
    if (patch !== null) {
      this.link.post(patch);
    }
    const select = this.toSelect;
    if (select !== null && patch !== null && this.list.find(select) !== undefined) {
      this.toSelect = null;
      this.link.post({ type: 'select', attemptId: select, focus: true });
    }
  }

  private takeSelect(): string | null {
    const select = this.toSelect;
    if (select === null || this.list.find(select) === undefined) {
      return null;
    }
    this.toSelect = null;
    return select;
  }

  /** Brings page and rows up to date. */
  private refresh(): Promise<void> {
    return this.readings.run(() => this.read());
  }

  private async session(): Promise<HistorySession | null> {
    const { source } = this.options;
    try {
      const session = source.current ?? (await source.get());
      this.opening = null;
      return session;
    } catch (error) {
      this.opening = asAcceleratorError(error);
      return null;
    }
  }

  private async read(): Promise<void> {
    const session = await this.session();
    if (this.gone.signal.aborted) {
      return;
    }
    if (session === null) {
      this.phase = 'ready';
      this.send();
      return;
    }
    if (this.shown !== null && this.shown !== session) {
      this.forget();
    }
    this.shown = session;
    const flow = session.model.flow(this.options.flowId);
    if (flow !== null) {
      this.flow = flow;
      this.link.setTitle(`History: ${this.state().header?.name ?? flow.flowId}`);
    } else if (session.model.loadState.kind === 'ready') {
      this.flow = null;
    }
    // What only a live state changes costs no read: on Databricks a read wakes a warehouse.
    const known = this.list.overlay(flow?.live ?? null);
    const key = flow === null ? '' : rowKeyOf(flow);
    const must = this.phase === 'loading' || !known || key !== this.rowKey;
    this.send();
    if (must || !session.workspace.readsCostMoney) {
      await this.readNewest(session, key);
    }
    await this.sendDetails();
  }

  /** Another session is another place: nothing that was read of the last one may be shown as its own. */
  private forget(): void {
    this.list.clear();
    this.details.forget();
    this.rowKey = '';
    this.phase = 'loading';
    this.failure = null;
  }

  private sendDetails(): Promise<void> {
    return this.details.send(this.options.source.current?.workspace.notebooks);
  }

  private async readNewest(session: HistorySession, key: string): Promise<void> {
    try {
      const page = await session.model.history(this.options.flowId, { limit: PAGE_SIZE }, this.gone.signal);
      this.list.setNewest(page);
      this.failure = null;
      this.readAt = new Date();
      this.rowKey = key;
    } catch (error) {
      if (this.gone.signal.aborted) {
        return;
      }
      this.log('The history could not be read.', error);
      this.failure = asAcceleratorError(error);
    }
    this.phase = 'ready';
    this.send();
  }

  private async loadOlder(): Promise<void> {
    const before = this.list.oldestNumber;
    const session = await this.session();
    if (before === undefined || session === null || this.loadingOlder) {
      return;
    }
    this.loadingOlder = true;
    this.send();
    try {
      const query = { limit: PAGE_SIZE, beforeNumber: before };
      this.list.addOlder(await session.model.history(this.options.flowId, query, this.gone.signal));
    } finally {
      this.loadingOlder = false;
      this.send();
    }
  }
}

/** What of a flow's row tells that its history has changed. */
function rowKeyOf(flow: FlowView): string {
  const { totalAttempts, currentAttemptId, status, successfulConversions, lastUpdated } = flow;
  return JSON.stringify([totalAttempts, currentAttemptId, status, successfulConversions, lastUpdated?.getTime()]);
}

function asAcceleratorError(error: unknown): AcceleratorError {
  return AcceleratorError.is(error)
    ? error
    : new AcceleratorError('internal', 'Something went wrong inside the extension. The log says more.', {
        cause: error,
        mend: 'showLog',
      });
}
