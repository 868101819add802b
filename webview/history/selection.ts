/**
 * Which rows are selected and which one has the keyboard, without a DOM. At most two rows can be selected, and only
 * where two can be compared. Both survive rows that come, go and move: they are known by id.
 */

export interface Selection {
  /** In the order of selecting, the newest last. Empty only while there are no rows. */
  readonly selected: readonly string[];
  /** The row with the tab stop. */
  readonly focused: string | null;
}

export const NOTHING_SELECTED: Selection = { selected: [], focused: null };

/** Only this row. */
export function selectOnly(attemptId: string): Selection {
  return { selected: [attemptId], focused: attemptId };
}

/** Adds a row or takes it away; the last one stays, and of three the first goes. */
export function toggle(selection: Selection, attemptId: string, pairs: boolean): Selection {
  if (!pairs) {
    return selectOnly(attemptId);
  }
  const rest = selection.selected.filter((id) => id !== attemptId);
  if (rest.length === selection.selected.length) {
    return { selected: [...rest, attemptId].slice(-2), focused: attemptId };
  }
  return { selected: rest.length === 0 ? [attemptId] : rest, focused: attemptId };
}

/** The keyboard goes to a row; what is selected stays. */
export function focusOn(selection: Selection, attemptId: string): Selection {
  return { ...selection, focused: attemptId };
}

/**
 * What of a selection still stands over these rows. Where nothing is left, the newest row is selected; a new row on top
 * takes the selection only from a selection that stood at the top by itself (`followNewest`).
 */
export function reconcileSelection(selection: Selection, order: readonly string[], followNewest: boolean): Selection {
  const newest = order[0];
  if (newest === undefined) {
    return NOTHING_SELECTED;
  }
  const present = new Set(order);
  const kept = selection.selected.filter((id) => present.has(id));
  if (kept.length === 0 || followNewest) {
    return selectOnly(newest);
  }
  const focused = selection.focused !== null && present.has(selection.focused) ? selection.focused : kept.at(-1);
  return { selected: kept, focused: focused ?? newest };
}

/** The row that a key leads to from another, or null where the key is none of these or there is no such row. */
export function rowByKey(key: string, order: readonly string[], from: string | null): string | null {
  const index = from === null ? -1 : order.indexOf(from);
  const last = order.length - 1;
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: Math.min(index + 1, last),
    ArrowUp: Math.max(index - 1, 0),
    Home: 0,
    End: last,
    PageDown: Math.min(index + 10, last),
    PageUp: Math.max(index - 10, 0),
  };
  const target = targets[key];
  return target === undefined ? null : (order[target] ?? null);
}
