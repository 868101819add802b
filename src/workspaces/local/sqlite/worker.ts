/** The thread that holds the local file open, so that no statement ever blocks the extension host. */
import { parentPort } from 'node:worker_threads';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase, OpenFailure } from './open';
import type { SqlResult, SqlValue } from '../../sql/sqlClient';
import type { Answer, Failure, Request, Statement } from './protocol';

const STATEMENTS_KEPT = 64;
const READS = /^\s*(SELECT|WITH|PRAGMA|EXPLAIN)\b/i;

let database: DatabaseSync | null = null;
const prepared = new Map<string, StatementSync>();

async function answer(request: Request): Promise<readonly SqlResult[]> {
  if (request.kind === 'open') {
    database ??= await openDatabase(request.file, request.journal);
    return [];
  }
  if (database === null) {
    throw new OpenFailure('damaged', 'The file is not open.');
  }
  switch (request.kind) {
    case 'run':
      return run(database, request.statements);
    case 'dataVersion':
      return [execute(database, { sql: 'PRAGMA data_version', parameters: {} })];
    case 'close':
      prepared.clear();
      database.close();
      database = null;
      return [];
  }
}

function run(open: DatabaseSync, statements: readonly Statement[]): readonly SqlResult[] {
  if (statements.length < 2) {
    return statements.map((statement) => execute(open, statement));
  }
  // IMMEDIATE: a transaction that first reads and then wants to write could otherwise fail halfway through.
  open.exec('BEGIN IMMEDIATE');
  try {
    const results = statements.map((statement) => execute(open, statement));
    open.exec('COMMIT');
    return results;
  } catch (error) {
    try {
      open.exec('ROLLBACK');
    } catch {
      // After a full disk, say, SQLite has rolled back by itself. The first error says more.
    }
    throw error;
  }
}

function execute(open: DatabaseSync, { sql, parameters }: Statement): SqlResult {
  const statement = prepare(open, sql);
  const values = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, toSqlite(value)]));
  if (READS.test(sql)) {
    return { rows: statement.all(values), affected: 0 };
  }
  return { rows: [], affected: Number(statement.run(values).changes) };
}

function prepare(open: DatabaseSync, sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known !== undefined) {
    return known;
  }
  const oldest = prepared.keys().next();
  if (prepared.size >= STATEMENTS_KEPT && oldest.done !== true) {
    prepared.delete(oldest.value);
  }
  const statement = open.prepare(sql);
  prepared.set(sql, statement);
  return statement;
}

function toSqlite(value: SqlValue): string | number | null {
  return typeof value === 'boolean' ? Number(value) : value;
}

function failureOf(error: unknown): Failure {
  if (error instanceof OpenFailure) {
    return { kind: error.kind, code: 0, message: error.message };
  }
  const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0;
  // Extended codes carry the primary one in their low byte.
  return { kind: 'sqlite', code: code & 0xff, message: error instanceof Error ? error.message : String(error) };
}

// One after the other: a second request must not slip into the first one's opening.
let queue = Promise.resolve();
parentPort?.on('message', (request: Request) => {
  queue = queue.then(async () => {
    let reply: Answer;
    try {
      reply = { id: request.id, results: await answer(request) };
    } catch (error) {
      reply = { id: request.id, failure: failureOf(error) };
    }
    parentPort?.postMessage(reply);
    if (request.kind === 'close') {
      parentPort?.close();
    }
  });
});
