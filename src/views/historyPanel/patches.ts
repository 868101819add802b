/** Sends the page only what changed since the last time, so that a live flow with hundreds of attempts stays quiet. */
import type { HeaderState, HostMessage, ListState, ProblemState, RowState } from './protocol';

export interface PageState {
  readonly header: HeaderState | null;
  readonly problem: ProblemState | null;
  readonly list: ListState;
  readonly rows: readonly RowState[];
}

export class Patches {
  private sent: { header: string; problem: string; list: string; order: string; rows: Map<string, string> } | null =
    null;

  /** Everything, for a page that has just come up. */
  init(state: PageState, select: string | null): HostMessage {
    this.remember(state);
    return { type: 'init', ...state, rows: [...state.rows], select };
  }

  /** Null where the page is up to date, or is not there yet. */
  patch(state: PageState): HostMessage | null {
    const before = this.sent;
    if (before === null) {
      return null;
    }
    const now = this.remember(state);
    const rows = state.rows.filter((row) => before.rows.get(row.attemptId) !== now.rows.get(row.attemptId));
    const patch: Extract<HostMessage, { type: 'patch' }> = {
      type: 'patch',
      ...(before.header !== now.header && state.header !== null ? { header: state.header } : {}),
      ...(before.problem !== now.problem ? { problem: state.problem } : {}),
      ...(before.list !== now.list ? { list: state.list } : {}),
      ...(rows.length > 0 ? { rows } : {}),
      ...(before.order !== now.order ? { order: state.rows.map((row) => row.attemptId) } : {}),
    };
    return Object.keys(patch).length > 1 ? patch : null;
  }

  /** The page has gone: it will ask for everything when it comes back. */
  reset(): void {
    this.sent = null;
  }

  private remember(state: PageState): NonNullable<Patches['sent']> {
    this.sent = {
      header: JSON.stringify(state.header),
      problem: JSON.stringify(state.problem),
      list: JSON.stringify(state.list),
      order: JSON.stringify(state.rows.map((row) => row.attemptId)),
      rows: new Map(state.rows.map((row) => [row.attemptId, JSON.stringify(row)])),
    };
    return this.sent;
  }
}
