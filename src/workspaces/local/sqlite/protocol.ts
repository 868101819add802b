/** What the client and its worker thread say to each other. Both ends are ours, so the types are the check. */
import type { SqlParameters, SqlResult } from '../../sql/sqlClient';

export interface Statement {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

export type Request =
  | { readonly id: number; readonly kind: 'open'; readonly file: string; readonly journal: 'WAL' | 'DELETE' }
  /** More than one statement: all or nothing. */
  | { readonly id: number; readonly kind: 'run'; readonly statements: readonly Statement[] }
  | { readonly id: number; readonly kind: 'dataVersion' }
  | { readonly id: number; readonly kind: 'close' };

export type Answer =
  { readonly id: number; readonly results: readonly SqlResult[] } | { readonly id: number; readonly failure: Failure };

/** An error as it crosses the threads. `cause` says what it means where that is not SQLite's own code. */
export interface Failure {
  readonly kind: 'sqlite' | 'noSqlite' | 'tooNew' | 'notOurs' | 'damaged';
  /** SQLite's primary result code; 0 where it has none. */
  readonly code: number;
  readonly message: string;
}
