/** JobRunner over the Jobs API 2.2: every attempt is a new job with one notebook task. */
import type * as z from 'zod/mini';

import { AcceleratorError } from '../../flows/errors';
import { idempotencyTokenOf } from '../../flows/ids';
import type { FoundJob, JobRequest, JobRunner, OwnedJob, RunLook, RunReference } from '../../flows/jobRunner';
import { created, jobAnswer, jobList, LIST_LIMIT, output, runList, runNow } from './jobAnswers';
import { RestError, saysGone } from './rest/errors';
import { paced } from './rest/pace';
import type { RestClient } from './rest/restClient';
import { getRun, RunLooks } from './runLooks';
import { runState } from './runState';
import { jobSettings, JOB_TAG } from './jobSettings';
import type { DatabricksSettings } from './settings';

/** Documented rates are 20 calls a second for create and as many for run-now; others use the workspace too. */
const CALLS_PER_SECOND = 15;

export class DatabricksJobRunner implements JobRunner {
  private readonly create = paced(CALLS_PER_SECOND)((settings: unknown, signal: AbortSignal) =>
    this.rest.json(
      { method: 'POST', path: '/api/2.2/jobs/create', body: settings, what: 'create the job' },
      created,
      signal,
    ),
  );
  private readonly runNow = paced(CALLS_PER_SECOND)((body: unknown, signal: AbortSignal) =>
    this.rest.json(
      // The token makes a second call return the first one's run.
      { method: 'POST', path: '/api/2.2/jobs/run-now', body, what: 'start the run', repeatable: true },
      runNow,
      signal,
    ),
  );
  private readonly looks: RunLooks;

  constructor(
    private readonly rest: RestClient,
    private readonly settings: () => DatabricksSettings,
  ) {
    this.looks = new RunLooks(rest);
  }

  async createJob(request: JobRequest, signal: AbortSignal): Promise<string> {
    const settings = jobSettings(request, this.settings());
    try {
      return (await this.create(settings, signal)).job_id;
    } catch (error) {
      if (!mayHaveHappened(error)) {
        throw clarified(error, this.settings());
      }
      const found = await this.findJob(request.jobName, signal);
      return found?.jobId ?? (await this.create(settings, signal)).job_id;
    }
  }

  async findJob(jobName: string, signal: AbortSignal): Promise<FoundJob | null> {
    const call = {
      method: 'GET',
      path: '/api/2.2/jobs/list',
      query: { name: jobName, limit: 100 },
      what: 'look for the job',
    } as const;
    for await (const { jobs } of this.rest.pages(call, jobList, signal)) {
      // The filter ignores case; ids differ in case, and names with them.
      const job = jobs?.find((candidate) => candidate.settings?.name === jobName);
      if (job !== undefined) {
        const runs = await this.rest.json(
          {
            method: 'GET',
            path: '/api/2.2/jobs/runs/list',
            query: { job_id: job.job_id, limit: 1 },
            what: 'list the runs',
          },
          runList,
          signal,
        );
        return { jobId: job.job_id, runId: runs.runs?.[0]?.run_id ?? null };
      }
    }
    return null;
  }

  async startRun(jobId: string, attemptId: string, signal: AbortSignal): Promise<string> {
    try {
      return (await this.runNow({ job_id: jobId, idempotency_token: idempotencyTokenOf(attemptId) }, signal)).run_id;
    } catch (error) {
      throw clarified(error, this.settings());
    }
  }

  lookAt(runs: readonly RunReference[], signal: AbortSignal): Promise<ReadonlyMap<string, RunLook>> {
    return this.looks.lookAt(runs, signal);
  }

  async cancelRun(reference: RunReference, signal: AbortSignal): Promise<void> {
    if (reference.runId === null) {
      return;
    }
    try {
      await this.rest.raw(
        {
          method: 'POST',
          path: '/api/2.2/jobs/runs/cancel',
          body: { run_id: wireId(reference.runId) },
          what: 'cancel the run',
          repeatable: true,
        },
        signal,
      );
    } catch (error) {
      const answer = RestError.at(error);
      // A run that has ended cannot be cancelled, and need not be.
      if (answer === null || !(answer.code === 'INVALID_STATE' || saysGone(answer))) {
        throw error;
      }
    }
  }

  async failureOf(reference: RunReference, signal: AbortSignal): Promise<string | null> {
    if (reference.runId === null) {
      return null;
    }
    const got = await getRun(this.rest, reference.runId, signal);
    const failed = (got.tasks ?? []).filter((entry) => runState(entry).phase !== 'succeeded');
    for (const entry of failed) {
      // Only the task's own run has an output; the parent's answers 400.
      const said = await this.outputOf(entry.run_id, signal);
      const text = [said?.error, said?.error_trace].filter((part) => part !== undefined && part !== '').join('\n\n');
      if (text !== '') {
        return text;
      }
      const { message } = runState(entry);
      if (message !== null) {
        return message;
      }
    }
    return runState(got).message;
  }

  async ownedJobs(signal: AbortSignal): Promise<readonly OwnedJob[]> {
    const active = new Set<string>();
    const activeRuns = {
      method: 'GET',
      path: '/api/2.2/jobs/runs/list',
      query: { active_only: true, limit: LIST_LIMIT },
      what: 'list the runs',
    } as const;
    for await (const { runs } of this.rest.pages(activeRuns, runList, signal)) {
      for (const { job_id } of runs ?? []) {
        if (job_id !== undefined) {
          active.add(job_id);
        }
      }
    }
    const owned: OwnedJob[] = [];
    const all = { method: 'GET', path: '/api/2.2/jobs/list', query: { limit: 100 }, what: 'list the jobs' } as const;
    for await (const { jobs } of this.rest.pages(all, jobList, signal)) {
      for (const job of jobs ?? []) {
        const tags = job.settings?.tags ?? {};
        const attemptId = tags[JOB_TAG.attempt];
        const flowId = tags[JOB_TAG.flow];
        if (tags[JOB_TAG.product] === JOB_TAG.productValue && attemptId !== undefined && flowId !== undefined) {
          owned.push({
            jobId: job.job_id,
            attemptId,
            flowId,
            createdAt: new Date(job.created_time ?? 0),
            active: active.has(job.job_id),
          });
        }
      }
    }
    return owned;
  }

  /** @throws AcceleratorError `noPermission` for a job that does not carry our tag: rows may name anybody's */
  async deleteJob(jobId: string, signal: AbortSignal): Promise<void> {
    try {
      const { settings } = await this.rest.json(
        { method: 'GET', path: '/api/2.2/jobs/get', query: { job_id: jobId }, what: 'look at the job' },
        jobAnswer,
        signal,
      );
      if (settings?.tags?.[JOB_TAG.product] !== JOB_TAG.productValue) {
        throw new AcceleratorError('noPermission', `The job ${jobId} was not made by this extension, so it stays.`);
      }
      await this.rest.raw(
        {
          method: 'POST',
          path: '/api/2.2/jobs/delete',
          body: { job_id: wireId(jobId) },
          what: 'delete the job',
          repeatable: true,
        },
        signal,
      );
    } catch (error) {
      if (!AcceleratorError.is(error, 'notFound')) {
        throw error;
      }
    }
  }

  async runUrl(reference: RunReference, signal: AbortSignal): Promise<string | null> {
    return reference.runId === null ? null : ((await getRun(this.rest, reference.runId, signal)).run_page_url ?? null);
  }

  async runLog(reference: RunReference, signal: AbortSignal): Promise<string | null> {
    if (reference.runId === null) {
      return null;
    }
    const got = await getRun(this.rest, reference.runId, signal);
    const lines = [`Run ${got.run_id}: ${runState(got).phase}`];
    for (const entry of got.tasks ?? []) {
      const { phase, message } = runState(entry);
      lines.push('', `Task ${entry.task_key ?? entry.run_id}: ${phase}${message === null ? '' : `, ${message}`}`);
      const said = await this.outputOf(entry.run_id, signal);
      for (const part of [said?.notebook_output?.result, said?.error, said?.error_trace]) {
        if (part !== undefined && part !== '') {
          lines.push(part);
        }
      }
    }
    return `${lines.join('\n')}\n`;
  }

  private async outputOf(taskRunId: string, signal: AbortSignal): Promise<z.infer<typeof output> | null> {
    try {
      return await this.rest.json(
        {
          method: 'GET',
          path: '/api/2.2/jobs/runs/get-output',
          query: { run_id: taskRunId },
          what: "read the run's output",
        },
        output,
        signal,
      );
    } catch (error) {
      if (RestError.at(error) === null) {
        throw error;
      }
      return null; // a run that never began has no output
    }
  }
}

/** Ids travel as numbers; those beyond a JavaScript number are taken by the API as text too. */
function wireId(value: string): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** After these nobody knows whether the call took effect. */
function mayHaveHappened(error: unknown): boolean {
  if (AcceleratorError.is(error, 'offline') || AcceleratorError.is(error, 'timedOut')) {
    return true;
  }
  const answer = RestError.at(error);
  return answer !== null && answer.status >= 500;
}

/** Says which setting is behind a refusal, where that can be known. */
function clarified(error: unknown, settings: DatabricksSettings): unknown {
  const answer = RestError.at(error);
  if (answer === null || answer.status !== 400) {
    return error;
  }
  if (/notebook/i.test(answer.message)) {
    return new RestError(
      'agentMissing',
      `The agent's notebook ${settings.agentNotebookPath} was not found: ${answer.message}`,
      answer,
      'uploadAgent',
    );
  }
  if (/cluster|node.?type|spark.?version|serverless|environment|instance/i.test(answer.message)) {
    return new RestError(
      'clusterRefused',
      `Databricks refused the compute that the settings name: ${answer.message}`,
      answer,
      'pickCompute',
    );
  }
  return error;
}
