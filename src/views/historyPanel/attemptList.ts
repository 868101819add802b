/**
 * The attempts of one flow as far as they are loaded: pages of the newest first, joined without gap or repeat. Terminal
 * attempts never change, so only the newest page is read again.
 */
import type { AttemptView } from '../../flows/flowsModel';
import type { LiveAttempt } from '../../flows/liveAttempt';

/** Attempts read at a time. */
export const PAGE_SIZE = 100;

export class AttemptList {
  private attempts: readonly AttemptView[] = [];
  private more = false;

  get all(): readonly AttemptView[] {
    return this.attempts;
  }

  /** How many attempts are older than those loaded. Attempt numbers have no gaps, so the oldest one's tells. */
  get older(): number {
    const oldest = this.attempts.at(-1);
    return this.more && oldest !== undefined ? Math.max(1, oldest.attemptNumber - 1) : 0;
  }

  /** The number before which the next page lies; undefined where nothing is loaded. */
  get oldestNumber(): number | undefined {
    return this.attempts.at(-1)?.attemptNumber;
  }

  find(attemptId: string): AttemptView | undefined {
    return this.attempts.find((attempt) => attempt.attemptId === attemptId);
  }

  clear(): void {
    this.attempts = [];
    this.more = false;
  }

  /** Takes a newly read first page; what is loaded beyond it stays. */
  setNewest(page: readonly AttemptView[]): void {
    const lowest = page.at(-1)?.attemptNumber;
    const rest = lowest === undefined ? [] : this.attempts.filter(({ attemptNumber }) => attemptNumber < lowest);
    const hadMore = rest.length > 0 ? this.more : page.length >= PAGE_SIZE;
    this.attempts = distinct([...page, ...rest]);
    this.more = hadMore;
  }

  addOlder(page: readonly AttemptView[]): void {
    this.attempts = distinct([...this.attempts, ...page]);
    this.more = page.length >= PAGE_SIZE;
  }

  /**
   * Lays a live state over its row without reading anything.
   * @returns false where the attempt is not among those loaded: then there is something new to read.
   */
  overlay(live: LiveAttempt | null): boolean {
    if (live === null) {
      return true;
    }
    let found = false;
    this.attempts = this.attempts.map((attempt) => {
      if (attempt.attemptId !== live.attemptId) {
        return attempt;
      }
      found = true;
      return { ...attempt, live };
    });
    return found;
  }
}

/** The first of each id, newest number first. */
function distinct(attempts: readonly AttemptView[]): readonly AttemptView[] {
  const byId = new Map<string, AttemptView>();
  for (const attempt of attempts) {
    if (!byId.has(attempt.attemptId)) {
      byId.set(attempt.attemptId, attempt);
    }
  }
  return [...byId.values()].sort((a, b) => b.attemptNumber - a.attemptNumber);
}
