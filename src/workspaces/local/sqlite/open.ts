/** Opens the local file: checks whose it is and how old, then brings it up to date. Nothing is written before that. */
import { statSync } from 'node:fs';
import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import type { Failure } from './protocol';
import { APPLICATION_ID, MIGRATIONS } from './migrations';

/** How long SQLite itself waits for another process's lock; the client waits on, without blocking this thread. */
const BUSY_MILLISECONDS = 250;
/** A whole check of a larger file would hold up the first view; its damage shows when it is read. */
const CHECKED_BYTES = 32 * 1024 * 1024;

export class OpenFailure extends Error {
  constructor(
    readonly kind: Exclude<Failure['kind'], 'sqlite'>,
    message: string,
  ) {
    super(message);
  }
}

/** @throws OpenFailure, or SQLite's own error where the file cannot be opened or is no database */
export async function openDatabase(file: string, journal: 'WAL' | 'DELETE'): Promise<DatabaseSync> {
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MILLISECONDS}`);
    const version = readNumber(database, 'user_version');
    checkOwner(database, version);
    if (statSync(file).size <= CHECKED_BYTES) {
      checkPages(database);
    }
    // NORMAL loses nothing in WAL mode but, at a power cut, the last commits.
    database.exec(`PRAGMA journal_mode = ${journal}`);
    database.exec(`PRAGMA synchronous = ${journal === 'WAL' ? 'NORMAL' : 'FULL'}`);
    if (version < MIGRATIONS.length) {
      migrate(database);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function loadSqlite(): Promise<typeof Sqlite> {
  try {
    return await import('node:sqlite');
  } catch {
    throw new OpenFailure('noSqlite', `Node ${process.versions.node} has no SQLite.`);
  }
}

function checkOwner(database: DatabaseSync, version: number): void {
  const owner = readNumber(database, 'application_id');
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_master').get();
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0 || Number(tables?.['n'] ?? 0) > 0)) {
    throw new OpenFailure('notOurs', 'The file belongs to another program.');
  }
  if (version > MIGRATIONS.length) {
    throw new OpenFailure('tooNew', `The file has version ${version}; this one knows ${MIGRATIONS.length}.`);
  }
}

function checkPages(database: DatabaseSync): void {
  const result = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (result !== 'ok') {
    throw new OpenFailure('damaged', String(result));
  }
}

/** Two windows may open an old file at once: the version is read again under the write lock. */
function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const from = readNumber(database, 'user_version');
    for (const statement of MIGRATIONS.slice(from).flat()) {
      database.exec(statement);
    }
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${Math.max(from, MIGRATIONS.length)}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function readNumber(database: DatabaseSync, pragma: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0);
}
