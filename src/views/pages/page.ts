/** What every page's host side has in common. None of it knows VS Code, so that pages are tested without. */
import { AcceleratorError } from '../../flows/errors';
import type { Disposable, Event } from '../../flows/event';
import type { FlowsChange, FlowsModel } from '../../flows/flowsModel';
import type { Workspace } from '../../flows/workspace';

/** One open page: does what the page asks for. */
export interface PageController extends Disposable {
  /** Takes a message as it came: the page is trusted with nothing. */
  receive(value: unknown): void;
  /** The page is out of sight; it starts with `ready` when it comes back. */
  hidden?(): void;
}

/** How a controller reaches its panel. */
export interface PageLink<HostMessage> {
  post(message: HostMessage): void;
  setTitle(title: string): void;
}

/** What of an open session pages need. */
export interface PageSession {
  readonly model: Pick<FlowsModel, 'flow' | 'flows' | 'refresh'>;
  readonly workspace: Pick<Workspace, 'kind' | 'readsCostMoney' | 'notebooks' | 'store'>;
}

export interface PageSource {
  /** The open session, opened where it is not. */
  get(): Promise<PageSession>;
  readonly onDidChangeFlows: Event<FlowsChange>;
}

export type PageLog = (message: string, error?: unknown) => void;

/** The text for a person, whatever went wrong. */
export function messageOf(error: unknown): string {
  return AcceleratorError.is(error) ? error.message : 'Something went wrong inside the extension. The log says more.';
}
