/** What the driver throws, in its many shapes, into typed errors. */
import { AcceleratorError } from '../../../flows/errors';

export interface SqlFailure {
  readonly text: string;
  /** Error condition before the dot ("DELTA_CONCURRENT_APPEND"), empty where there is none. */
  readonly condition: string;
  readonly sqlState: string;
  /** HTTP status of a failed transport, 0 otherwise. */
  readonly status: number;
}

/** Lost races of Delta writes: nothing was committed, so the statement may be sent again. Not by SQLSTATE: 2D521 also has others. */
const CONFLICTS = new Set([
  'DELTA_CONCURRENT_APPEND',
  'DELTA_CONCURRENT_DELETE_READ',
  'DELTA_CONCURRENT_DELETE_DELETE',
  'DELTA_CONCURRENT_WRITE',
  'DELTA_CONCURRENT_TRANSACTION',
  'DELTA_METADATA_CHANGED',
  'DELTA_PROTOCOL_CHANGED',
  'DELTA_MAX_COMMIT_RETRIES_EXCEEDED',
]);
/** The same from runtimes that name the exception instead. */
const CONFLICT_NAMES =
  /\b(ConcurrentAppend|ConcurrentDeleteRead|ConcurrentDeleteDelete|MetadataChanged|ConcurrentTransaction|ProtocolChanged)Exception\b/;
const SESSION_LOST = /session handle|Invalid SessionHandle|session .*(?:closed|expired|does not exist)/i;
const COLD_WAREHOUSE = /local_disk0\/tmp|503 when connecting to resource/i;

export function readFailure(error: unknown): SqlFailure {
  // `StatusError` is no Error, so everything is read by name.
  const shape = typeof error === 'object' && error !== null ? error : {};
  const response = property(shape, 'response');
  const text =
    [property(response, 'errorMessage'), property(response, 'displayMessage'), property(shape, 'message')].find(
      (candidate): candidate is string => typeof candidate === 'string' && candidate !== '',
    ) ?? String(error);
  const condition = /\[([A-Z][A-Z0-9_]+)(?:\.[A-Z0-9_]+)?\]/.exec(text)?.[1] ?? '';
  const state = property(response, 'sqlState');
  const status = property(shape, 'statusCode');
  return {
    text: text.trim(),
    condition,
    sqlState: typeof state === 'string' ? state : (/SQLSTATE: (\w{5})/.exec(text)?.[1] ?? ''),
    status: typeof status === 'number' ? status : 0,
  };
}

export function isConflict(failure: SqlFailure): boolean {
  return CONFLICTS.has(failure.condition) || CONFLICT_NAMES.test(failure.text);
}

/** The session is gone. */
export function isSessionLost(failure: SqlFailure): boolean {
  return SESSION_LOST.test(failure.text);
}

export function isColdWarehouse(failure: SqlFailure): boolean {
  return COLD_WAREHOUSE.test(failure.text) || failure.status === 503;
}

export function toSqlError(failure: SqlFailure, cause: unknown): AcceleratorError {
  const { condition, sqlState, status, text } = failure;
  const details = {
    ...(condition === '' ? {} : { condition }),
    ...(sqlState === '' ? {} : { sqlState }),
    ...(status === 0 ? {} : { status }),
  };
  const first = text.split('\n')[0] ?? text;
  if (
    ['TABLE_OR_VIEW_NOT_FOUND', 'SCHEMA_NOT_FOUND', 'NO_SUCH_CATALOG_EXCEPTION', 'CATALOG_NOT_FOUND'].includes(
      condition,
    )
  ) {
    return new AcceleratorError('tablesMissing', `The tables are not set up in this workspace: ${first}`, {
      mend: 'setUpWorkspace',
      details,
      cause,
    });
  }
  if (condition === 'UNRESOLVED_COLUMN') {
    return new AcceleratorError('tablesMissing', `The tables lack a column that this version needs: ${first}`, {
      mend: 'setUpWorkspace',
      details,
      cause,
    });
  }
  if (status === 401) {
    return new AcceleratorError('notSignedIn', 'Databricks no longer accepts the sign-in.', {
      mend: 'signIn',
      details,
      cause,
    });
  }
  if (status === 403 || sqlState === '42501' || /^(INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED)$/.test(condition)) {
    return new AcceleratorError('noPermission', `A privilege is missing: ${first}`, {
      mend: 'checkConnection',
      details,
      cause,
    });
  }
  if (isConflict(failure)) {
    return new AcceleratorError('conflict', `Other writers kept changing the same table: ${first}`, {
      mend: 'tryAgain',
      details,
      cause,
    });
  }
  if (status === 404) {
    return new AcceleratorError('notFound', 'The SQL warehouse of the settings does not exist.', {
      mend: 'setUpWorkspace',
      details,
      cause,
    });
  }
  return new AcceleratorError('platform', `The SQL warehouse refused a statement: ${first}`, {
    mend: 'showLog',
    details,
    cause,
  });
}

function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Readonly<Record<string, unknown>>)[name] : undefined;
}
