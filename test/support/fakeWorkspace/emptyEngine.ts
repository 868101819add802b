/**
 * An engine for tests that count statements and need none of their rows: every table is empty, nothing is executed. It
 * starts at once, where Spark takes seconds.
 */
import type { Engine, EngineResult } from './engine';

const NO_ROWS: EngineResult = { columns: [], arrowSchema: '', batches: [] };

export const emptyEngine: Engine = {
  connectPort: 0,
  call: (op) => Promise.resolve(op === 'execute' ? NO_ROWS : op === 'rows' ? [] : {}),
  stop: () => Promise.resolve(),
};
