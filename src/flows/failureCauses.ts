/**
 * Failures by their cause: what is particular to one flow or one run is taken out of an error (ids, numbers, paths,
 * positions, times), and what then reads the same is one cause. Pure; linear in the length of the errors.
 */
import { createHash } from 'node:crypto';
import { splitFlowPath } from './flowPath';
import type { Attempt, Flow } from './model';

/** Only so much of an error tells its cause; agents may write a whole log there. */
const LONGEST = 4_000;
const LONGEST_TITLE = 300;

/** What stands in the place of what was taken out. Specific forms come first, since their digits are numbers too. */
const PARTICULARS: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s'"<>)\]]+/gi, '‹address›'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '‹id›'],
  [/\b[A-Za-z0-9_-]{0,64}-[0-9a-f]{12}(?:_attempt_\d+)?\b/g, '‹id›'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '‹time›'],
  [/(?:\b[A-Za-z]:)?(?:[\w.@~#%+-]*[\\/])+[\w.@~#%+-]+/g, '‹path›'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '‹id›'],
  // A host among many that are counted: kafka-3.example.
  [/(?<=[A-Za-z]-)\d+(?=\.[A-Za-z])/g, '‹n›'],
  [/(?<![\w‹]|\w[-+])[-+]?\d+(?:[.,]\d+)*(?![\w›])/g, '‹n›'],
];

/**
 * The line of an error that says what happened, without what is particular to one run.
 *
 * @param own texts that belong to this flow alone, such as its name and its file
 */
export function normaliseError(error: string, own: readonly string[] = []): string {
  let text = tellingLine(error.slice(0, LONGEST));
  for (const [index, particular] of [...own].sort((a, b) => b.length - a.length).entries()) {
    // One or two characters would be found in the middle of words.
    if (particular.length > 2 && index < 20) {
      text = text.replaceAll(particular, '‹own›');
    }
  }
  for (const [pattern, sign] of PARTICULARS) {
    text = text.replace(pattern, sign);
  }
  return text
    .replace(/[\w.@~#%+-]*[\\/]*‹own›[\w.-]*/g, '‹flow›')
    .replace(/(‹[a-z]+›)(?:[\s/\\,]*\1)+/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_TITLE);
}

/** The first line; of a Python trace the last one that is not indented: the exception itself. */
function tellingLine(error: string): string {
  const lines = error.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const first = lines[0] ?? '';
  const trace = lines.findIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (trace === 0) {
    return lines.findLast((line, index) => index > 0 && /^\S/.test(line)) ?? first;
  }
  return first;
}

export interface FailedFlow {
  readonly flowId: string;
  /** Its newest failed attempt; null where the history has none. */
  readonly attemptId: string | null;
  readonly failedAt: Date | null;
}

export interface FailureCause {
  /** Stays the same as long as the cause does. */
  readonly id: string;
  /** What the errors have in common; empty where none was recorded. */
  readonly title: string;
  /** Flows whose newest failure this is, newest first. */
  readonly flows: readonly FailedFlow[];
  /** Failed attempts of this cause, of any flow that was looked at. */
  readonly attempts: number;
  readonly firstSeen: Date | null;
  readonly lastSeen: Date | null;
  /** The newest error of this cause as it is; empty where none was recorded. */
  readonly example: string;
}

type FlowFacts = Pick<Flow, 'flowId' | 'flowName' | 'nifiXmlPath' | 'server' | 'errorMessage' | 'lastAttemptAt'>;
type AttemptFacts = Pick<
  Attempt,
  'attemptId' | 'flowId' | 'status' | 'startedAt' | 'completedAt' | 'errorMessage' | 'attemptNumber'
>;

interface Gathered {
  readonly flows: FailedFlow[];
  attempts: number;
  firstSeen: Date | null;
  lastSeen: Date | null;
  example: string;
}

/**
 * Groups the flows that need attention by the cause of their newest failure; the cause of most flows comes first.
 *
 * @param flows those that need attention
 * @param attempts of these flows; only the failed ones count
 */
export function failureCauses(flows: readonly FlowFacts[], attempts: readonly AttemptFacts[]): readonly FailureCause[] {
  const causes = new Map<string, Gathered>();
  const gathered = (title: string): Gathered => {
    const known = causes.get(title) ?? { flows: [], attempts: 0, firstSeen: null, lastSeen: null, example: '' };
    causes.set(title, known);
    return known;
  };
  const failed = new Map<string, AttemptFacts[]>();
  for (const attempt of attempts) {
    if (attempt.status === 'FAILED') {
      failed.set(attempt.flowId, [...(failed.get(attempt.flowId) ?? []), attempt]);
    }
  }
  for (const flow of flows) {
    const own = particularsOf(flow);
    const tries = (failed.get(flow.flowId) ?? []).sort((a, b) => b.attemptNumber - a.attemptNumber);
    const titles = tries.map((attempt) => normaliseError(attempt.errorMessage ?? '', [...own, attempt.attemptId]));
    tries.forEach((attempt, index) => count(gathered(titles[index] ?? ''), attempt));
    const [newest] = tries;
    const cause = gathered(newest === undefined ? normaliseError(flow.errorMessage ?? '', own) : (titles[0] ?? ''));
    if (newest === undefined && cause.example === '') {
      cause.example = flow.errorMessage ?? '';
    }
    cause.flows.push({
      flowId: flow.flowId,
      attemptId: newest?.attemptId ?? null,
      failedAt: newest === undefined ? flow.lastAttemptAt : endOf(newest),
    });
  }
  return [...causes]
    .filter(([, cause]) => cause.flows.length > 0)
    .map(([title, cause]) => ({
      ...cause,
      id: createHash('sha256').update(title).digest('hex').slice(0, 16),
      title,
      flows: cause.flows.sort((a, b) => timeOf(b.failedAt) - timeOf(a.failedAt)),
    }))
    .sort((a, b) => b.flows.length - a.flows.length || timeOf(b.lastSeen) - timeOf(a.lastSeen));
}

function count(cause: Gathered, attempt: AttemptFacts): void {
  const at = endOf(attempt);
  cause.attempts += 1;
  if (cause.firstSeen === null || at < cause.firstSeen) {
    cause.firstSeen = at;
  }
  if (cause.lastSeen === null || at >= cause.lastSeen) {
    cause.lastSeen = at;
    cause.example = attempt.errorMessage ?? '';
  }
}

function endOf(attempt: AttemptFacts): Date {
  return attempt.completedAt ?? attempt.startedAt;
}

function timeOf(date: Date | null): number {
  return date?.getTime() ?? 0;
}

/** What an error may name of its flow: path, file, name, group and id. */
function particularsOf(flow: FlowFacts): readonly string[] {
  const { file, group } = splitFlowPath(flow.nifiXmlPath);
  const name = file.split(/[\\/]/).at(-1) ?? '';
  // A short name may be a word of the error itself.
  const title = flow.flowName.length > 5 ? [flow.flowName] : [];
  return [flow.nifiXmlPath, file, name, group, flow.flowId, ...title];
}
