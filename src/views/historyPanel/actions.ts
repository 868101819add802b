/** What the page's buttons do. The panel itself starts, opens and writes nothing. */
import type { AcceleratorError } from '../../flows/errors';
import type { AttemptView, FlowView } from '../../flows/flowsModel';

/** Which buttons there are besides those that are always there. */
export interface HistoryCapabilities {
  readonly compare: boolean;
  readonly diff: boolean;
  readonly assess: boolean;
  readonly locateFile: boolean;
}

export interface NotebookReference {
  readonly attempt: AttemptView;
  /** Index into the attempt's notebooks, and the path there. */
  readonly index: number;
  readonly path: string;
}

/** Each rejects with `AcceleratorError` where it could not do what was asked, unless it has said so itself. */
export interface HistoryActions {
  readonly capabilities: HistoryCapabilities;
  start(flow: FlowView): Promise<void>;
  retry(flow: FlowView): Promise<void>;
  cancel(flow: FlowView, attemptId: string): Promise<void>;
  openNotebook(notebook: NotebookReference, beside: boolean): Promise<void>;
  /** The notebooks of an attempt, to choose from where there are several. */
  openNotebooks(attempt: AttemptView): Promise<void>;
  diffNotebooks(older: NotebookReference, newer: NotebookReference): Promise<void>;
  openLog(attempt: AttemptView): Promise<void>;
  /** The flow's own file; at a line (from 1) where one is named. */
  openFlow(flow: FlowView, line: number | null): Promise<void>;
  locateFile(flow: FlowView): Promise<void>;
  assess(flow: FlowView): Promise<void>;
  compare(older: AttemptView, newer: AttemptView): Promise<void>;
  exportHistory(flow: FlowView): Promise<void>;
  copy(text: string): Promise<void>;
  /** The text of the button that mends an error; null where there is none but trying again. */
  mendingTitle(error: AcceleratorError): string | null;
  mend(error: AcceleratorError, flowId: string): Promise<void>;
}
