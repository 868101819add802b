/** The two limits that keep a starter and a repair apart. */

/** A starter creates no job and starts no run later than this after its claim. */
export const START_DEADLINE_MS = 10 * 60_000;

/** Reconcile leaves an attempt alone that is still being created until this long after its claim. */
export const ABANDONED_AFTER_MS = START_DEADLINE_MS + 2 * 60_000;

/** How long the statements and calls that clean up after a cancel may take. */
export const CLEAN_UP_MS = 2 * 60_000;
