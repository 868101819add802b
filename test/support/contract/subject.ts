/** What the contract tests need of a workspace beyond its interface: hands on the other side of its runs. */
import type { RunPhase } from '../../../src/flows/jobRunner';
import type { Workspace } from '../../../src/flows/workspace';
import type { RunnerVerb } from './fileJobRunner';

export interface ContractSubject {
  readonly workspace: Workspace;
  /** The subject's clock; `advance` moves it. */
  readonly now: () => Date;
  advance(milliseconds: number): void;
  /** Another window on the same tables and jobs, that belongs to somebody else. */
  sibling(user: string): Promise<Workspace>;
  /** Ends an attempt's run as the platform would. */
  endRun(attemptId: string, phase: RunPhase, message?: string): Promise<void>;
  /** What an agent's last statement does: its own row ends, and nobody else's knows yet. */
  agentEnds(attemptId: string, status: 'SUCCESS' | 'FAILED', notebooks: readonly string[]): Promise<void>;
  /** Attempt ids of all runs that are active. */
  activeRuns(): Promise<readonly string[]>;
  /** Attempt ids of all jobs, with a repetition for each job that has the same. */
  jobs(): Promise<readonly string[]>;
  /** Removes an attempt's job with its run, behind everybody's back. */
  loseRun(attemptId: string): Promise<void>;
  /** Takes the right to see an attempt's run away. */
  hideRun(attemptId: string): Promise<void>;
  /**
   * Makes calls of a verb fail from now on, `before` or `after` they have done their work, while `matches` says so.
   * Returns how to stop it.
   */
  failCalls(
    verb: RunnerVerb,
    when: 'before' | 'after',
    error: Error,
    matches?: (subject: string) => boolean,
  ): () => void;
  dispose(): Promise<void>;
}

export type SubjectFactory = () => Promise<ContractSubject>;
