/** The guard of every write to a flow's row that follows from what was read of it: the row is still the same. */
import type { Dialect, TextRow } from './dialect';
import type { FlowRow } from './rows';

/** What a row of a rows parameter says of the flow's row as it was read. */
export function asRead(row: FlowRow): TextRow {
  return {
    read_status: row.statusText,
    read_total: row.totalAttempts === null ? null : String(row.totalAttempts),
    read_current: row.currentAttemptId,
  };
}

/** The condition on the table's row, `t`, for rows that hold `asRead`. */
export function stillAsRead(dialect: Dialect, given: (name: string) => string): string {
  return [
    dialect.nullSafeEqual('t.status', given('read_status')),
    dialect.nullSafeEqual('t.total_attempts', dialect.typedParameter(given('read_total'), 'INT')),
    dialect.nullSafeEqual('t.current_attempt_id', given('read_current')),
  ].join(' AND ');
}
