/** Whether a process still lives, by the lock that it holds on a file and that the system frees at its death. */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/** SQLite's primary result codes for a lock that someone else has. */
const BUSY = 5;
const LOCKED = 6;

/**
 * True while another process holds the exclusive lock of the SQLite file at `path`. Takes under a millisecond, so it may
 * run on the extension host's own thread. A file that is not there is held by nobody.
 *
 * @throws what SQLite says where the file can be neither locked nor found locked: that proves nothing about the process
 */
export function isLockHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  // Asked for here, so that a VS Code without SQLite gets the client's clear message and not a broken import.
  const sqlite = process.getBuiltinModule('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN IMMEDIATE');
    database.exec('ROLLBACK');
    return false;
  } catch (error) {
    const code = resultCodeOf(error);
    if (code === BUSY || code === LOCKED) return true;
    throw error;
  } finally {
    database?.close();
  }
}

/** The primary result code of an SQLite error; extended codes carry it in their low byte. */
function resultCodeOf(error: unknown): number | null {
  if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return null;
}
