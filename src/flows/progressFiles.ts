/** Progress files of the runs that are followed where rows cost money to read. */
import type { LiveAttempt } from './liveAttempt';
import type { NotebookStore, Progress } from './notebookStore';

/** Files read in one cycle. With more runs each has its turn, so that a large bulk costs no more calls than a small one. */
export const MOST_PROGRESS_FILES = 25;

export class ProgressFiles {
  private cycle = 0;
  private readonly readIn = new Map<string, number>();
  private readonly newest = new Map<string, number>();

  constructor(private readonly notebooks: NotebookStore) {}

  /** Whose file is read in this cycle: of these attempts, those that have waited longest. */
  nextTurns(attemptIds: readonly string[]): ReadonlySet<string> {
    this.cycle += 1;
    const turn = [...attemptIds]
      .sort((left, right) => (this.readIn.get(left) ?? 0) - (this.readIn.get(right) ?? 0))
      .slice(0, MOST_PROGRESS_FILES);
    turn.forEach((attemptId) => this.readIn.set(attemptId, this.cycle));
    return new Set(turn);
  }

  /** What an attempt's file says; null where there is none, or one that is older than what is known or of another attempt. */
  async read({ flowId, attemptId }: LiveAttempt, signal: AbortSignal): Promise<Progress | null> {
    const progress = await this.notebooks.readProgress(this.notebooks.outputPath(flowId, attemptId), signal);
    if (progress === null || progress.attemptId !== attemptId) {
      return null;
    }
    const at = progress.updatedAt.getTime();
    if (at < (this.newest.get(attemptId) ?? 0)) {
      return null;
    }
    this.newest.set(attemptId, at);
    return progress;
  }

  forget(attemptId: string): void {
    this.readIn.delete(attemptId);
    this.newest.delete(attemptId);
  }
}
