/** SQLite's codes (sqlite.org/rescode.html) as errors that say what to do. */
import { AcceleratorError } from '../../../flows/errors';
import type { Failure } from './protocol';

const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** Another process holds the lock: only the client sees this one, and waits. */
class BusyError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export function isBusy(error: unknown): error is BusyError {
  return error instanceof BusyError;
}

export function storageError(message: string, file: string, cause?: unknown): AcceleratorError {
  return new AcceleratorError('storageUnavailable', message, {
    mend: 'showLog',
    details: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function sqliteError(failure: Failure, file: string): AcceleratorError | BusyError {
  const details = { file, sqliteCode: failure.code, sqlite: failure.message };
  switch (failure.kind) {
    case 'noSqlite':
      return new AcceleratorError(
        'storageUnavailable',
        `This build of VS Code lacks SQLite, which keeps the flows of this computer (${failure.message}) ` +
          'Update VS Code, or run conversions on Databricks.',
        { mend: 'openSettings', details },
      );
    case 'tooNew':
      return new AcceleratorError(
        'storageTooNew',
        `The local storage ${file} was written by a newer version of this extension, and is left as it is. ` +
          'Update the extension.',
        { mend: 'showLog', details },
      );
    case 'notOurs':
      return new AcceleratorError(
        'storageDamaged',
        `The file ${file} is a database of another program, and is left as it is. Move it away to start afresh.`,
        { mend: 'showLog', details },
      );
    case 'damaged':
      return damaged(file, details);
    case 'sqlite':
      break;
  }
  switch (failure.code) {
    case BUSY:
    case LOCKED:
      return new BusyError(failure);
    case CORRUPT:
    case NOT_A_DATABASE:
      return damaged(file, details);
    case READONLY:
      return new AcceleratorError('storageUnavailable', `The local storage ${file} is read-only.`, {
        mend: 'showLog',
        details,
      });
    case FULL:
      return new AcceleratorError('storageUnavailable', `The disk of the local storage ${file} is full.`, {
        mend: 'tryAgain',
        details,
      });
    case CANNOT_OPEN:
    case IO_ERROR:
      return new AcceleratorError(
        'storageUnavailable',
        `The local storage ${file} cannot be opened: ${failure.message}.`,
        { mend: 'showLog', details },
      );
    default:
      return new AcceleratorError('internal', `The local storage refused a statement: ${failure.message}.`, {
        mend: 'showLog',
        details,
      });
  }
}

/** After the longest wait. */
export function stillBusy(file: string): AcceleratorError {
  return new AcceleratorError(
    'storageUnavailable',
    `The local storage ${file} is held by another program. Try again.`,
    {
      mend: 'tryAgain',
      details: { file },
    },
  );
}

function damaged(file: string, details: Readonly<Record<string, string | number>>): AcceleratorError {
  return new AcceleratorError(
    'storageDamaged',
    `The local storage ${file} is damaged, and is left as it is. Move it away to start afresh, or restore a copy.`,
    { mend: 'showLog', details },
  );
}
