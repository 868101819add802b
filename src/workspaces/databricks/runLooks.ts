/** Where many runs stand, in as few calls as the platform allows. */
import type { z } from 'zod/mini';

import type { RunLook, RunReference } from '../../flows/jobRunner';
import { mapParallel } from '../../flows/parallel';
import { LIST_LIMIT, run, runList, type Run } from './jobAnswers';
import { RestError, saysGone } from './rest/errors';
import type { RestClient } from './rest/restClient';
import { runState } from './runState';

/** Up to here each run is asked by its id; beyond, one listing tells more for less. */
const MOST_BY_ID = 25;
const MOST_LIST_PAGES = 4;
/** Looks at single runs that are under way at once. */
const LOOKS_AT_ONCE = 8;
/** Starts are told by this computer's clock, runs by the platform's. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;
const NOT_LISTED = 'The run is in no list that we may see.';

/** A list of runs that is read over several looks. */
interface Listing {
  /** Runs that started at this time or later, in epoch milliseconds; a page's token holds for the same only. */
  readonly from: number;
  token: string | undefined;
  /** Ids of runs that were wanted when it began and that it has not shown. */
  readonly missing: Set<string | null>;
}

export class RunLooks {
  /** The listing that the next look goes on with, where four pages did not show all runs. */
  private listing: Listing | null = null;

  constructor(private readonly rest: RestClient) {}

  /** As `JobRunner.lookAt`. */
  async lookAt(runs: readonly RunReference[], signal: AbortSignal): Promise<ReadonlyMap<string, RunLook>> {
    const known = runs.filter((reference) => reference.runId !== null);
    return known.length <= MOST_BY_ID ? this.lookById(known, signal) : this.lookByList(known, signal);
  }

  private async lookById(runs: readonly RunReference[], signal: AbortSignal): Promise<Map<string, RunLook>> {
    const looks = new Map<string, RunLook>();
    await mapParallel(runs, LOOKS_AT_ONCE, async (reference) => {
      looks.set(reference.attemptId, await this.lookAtOne(reference, signal));
    });
    return looks;
  }

  private async lookAtOne(reference: RunReference, signal: AbortSignal): Promise<RunLook> {
    try {
      return seen(await getRun(this.rest, reference.runId ?? '', signal), reference);
    } catch (error) {
      const answer = RestError.at(error);
      if (answer !== null && saysGone(answer)) {
        return { kind: 'gone' };
      }
      if (answer !== null && answer.status === 403) {
        return { kind: 'notVisible', why: answer.message };
      }
      throw error;
    }
  }

  /**
   * Goes through the list of runs, four pages a look, and begins anew when it has seen all or come to the end. Only who
   * is missing from a whole list is said to be not visible.
   */
  private async lookByList(runs: readonly RunReference[], signal: AbortSignal): Promise<Map<string, RunLook>> {
    const wanted = new Map(runs.map((reference) => [reference.runId, reference]));
    const listing = (this.listing ??= {
      from: Math.min(...runs.map((reference) => reference.startedAt.getTime())) - CLOCK_DIFFERENCE_MS,
      token: undefined,
      missing: new Set(wanted.keys()),
    });
    const looks = new Map<string, RunLook>();
    for (let count = 0; count < MOST_LIST_PAGES && looks.size < wanted.size; count++) {
      const got = await this.listPage(listing, signal);
      for (const entry of got.runs ?? []) {
        listing.missing.delete(entry.run_id);
        const reference = wanted.get(entry.run_id);
        if (reference !== undefined) {
          looks.set(reference.attemptId, seen(entry, reference));
        }
      }
      listing.token = got.next_page_token === '' ? undefined : got.next_page_token;
      if (listing.token === undefined) {
        runs
          .filter((reference) => listing.missing.has(reference.runId))
          .forEach(({ attemptId }) => looks.set(attemptId, { kind: 'notVisible', why: NOT_LISTED }));
        break;
      }
    }
    this.listing = listing.token === undefined || looks.size === wanted.size ? null : listing;
    return looks;
  }

  private async listPage({ from, token }: Listing, signal: AbortSignal): Promise<z.infer<typeof runList>> {
    try {
      return await this.rest.json(
        {
          method: 'GET',
          path: '/api/2.2/jobs/runs/list',
          query: { start_time_from: from, limit: LIST_LIMIT, run_type: 'JOB_RUN', page_token: token },
          what: 'list the runs',
        },
        runList,
        signal,
      );
    } catch (error) {
      // Whatever is wrong with this list, its token may be: the next look begins a new one.
      this.listing = null;
      throw error;
    }
  }
}

export function getRun(rest: RestClient, runId: string, signal: AbortSignal): Promise<Run> {
  return rest.json(
    { method: 'GET', path: '/api/2.2/jobs/runs/get', query: { run_id: runId }, what: 'read the run' },
    run,
    signal,
  );
}

function seen(answer: Run, reference: RunReference): RunLook {
  const { phase, message } = runState(answer);
  const end = answer.end_time ?? 0;
  return {
    kind: 'seen',
    phase,
    message,
    jobId: answer.job_id ?? reference.jobId,
    runId: answer.run_id,
    endedAt: end > 0 ? new Date(end) : null,
  };
}
