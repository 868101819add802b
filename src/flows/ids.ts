/**
 * The names that everything else hangs on: flow ids, attempt ids, job names and the idempotency token. The formats are
 * part of the tables' contract; `populate` on a cluster makes the same flow ids.
 */
import { createHash } from 'node:crypto';

const SLUG_LENGTH = 28;
const HASH_LENGTH = 12;
/** Jobs API: an idempotency token has at most 64 characters. */
const TOKEN_LENGTH = 64;
const FILE_ENDINGS = /(\.(xml|json|gz|snapshot|flow))+$/i;
const ATTEMPT_SUFFIX = /_attempt_(\d+)$/;

/**
 * The id of the flow at a path: a readable slug of the file's name and 12 hex digits of the SHA-256 of the whole path,
 * at most 41 characters of `[a-z0-9_-]`.
 *
 * @param nifiXmlPath path of the file, with `#<group id>` where the flow is one group of an instance file
 */
export function flowIdOf(nifiXmlPath: string): string {
  const path = normalizedPath(nifiXmlPath);
  const hash = createHash('sha256').update(path, 'utf8').digest('hex').slice(0, HASH_LENGTH);
  return `${slugOf(path)}-${hash}`;
}

/** The path as ids are made from it: forward slashes on every system. */
export function normalizedPath(path: string): string {
  return path.replaceAll('\\', '/');
}

function slugOf(path: string): string {
  const file = path.split('#')[0] ?? '';
  const stem = (file.split('/').at(-1) ?? '').replace(FILE_ENDINGS, '');
  const slug = stem
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .slice(0, SLUG_LENGTH)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'flow' : slug;
}

/**
 * The id of a flow's next attempt: `{flow_id}_attempt_{epoch seconds}`, moved past every earlier one, so that two
 * attempts within a second, or a clock that went back, never share an id.
 *
 * @param earlier ids of the flow's attempts so far, as far as known
 */
export function nextAttemptId(flowId: string, now: Date, earlier: readonly string[]): string {
  const last = Math.max(0, ...earlier.map((id) => epochSecondsOf(id) ?? 0));
  return `${flowId}_attempt_${Math.max(Math.floor(now.getTime() / 1000), last + 1)}`;
}

/** The epoch seconds in an attempt id; null where the id is of another system. */
export function epochSecondsOf(attemptId: string): number | null {
  const digits = ATTEMPT_SUFFIX.exec(attemptId)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The job's name, exact and unique, by which a job is found again after its answer was lost. Holds both ids. */
export function jobNameOf(attemptId: string): string {
  return `NiFi conversion ${attemptId}`;
}

/** The token that makes a repeated run start return the first run. */
export function idempotencyTokenOf(attemptId: string): string {
  return attemptId.length <= TOKEN_LENGTH ? attemptId : createHash('sha256').update(attemptId, 'utf8').digest('hex');
}
