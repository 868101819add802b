/** Jobs and runs as Jobs 2.2 answers them, in both forms of a run's state. */
import { int64 } from './http';
import type { Job, Run } from './jobs';

export function jobBody(job: Job): object {
  return { job_id: int64(job.id), creator_user_name: job.creator, created_time: job.createdAt, settings: job.settings };
}

const TERMINATION_CODES: Readonly<Record<string, readonly [code: string, type: string]>> = {
  SUCCESS: ['SUCCESS', 'SUCCESS'],
  CANCELED: ['USER_CANCELED', 'SUCCESS'],
  MAXIMUM_CONCURRENT_RUNS_REACHED: ['MAX_CONCURRENT_RUNS_EXCEEDED', 'CLIENT_ERROR'],
  FAILED: ['RUN_EXECUTION_ERROR', 'CLIENT_ERROR'],
  TIMEDOUT: ['RUN_EXECUTION_ERROR', 'CLIENT_ERROR'],
};

function stateBody(run: Run): object {
  const ended = run.endedAt !== 0;
  const [code, type] = TERMINATION_CODES[run.result ?? ''] ?? ['INTERNAL_ERROR', 'INTERNAL_ERROR'];
  return {
    state: {
      life_cycle_state: run.lifeCycle,
      ...(ended ? { result_state: run.result } : {}),
      state_message: run.message,
    },
    status: {
      state: ended ? 'TERMINATED' : run.lifeCycle,
      ...(ended ? { termination_details: { code, type, message: run.message } } : {}),
    },
  };
}

export function runBody(run: Run): object {
  return {
    run_id: int64(run.id),
    job_id: int64(run.job.id),
    run_name: run.job.settings.name,
    run_type: 'JOB_RUN',
    start_time: run.startedAt,
    end_time: run.endedAt,
    run_page_url: `https://workspace.invalid/jobs/${run.job.id}/runs/${run.id}`,
    creator_user_name: run.job.creator,
    ...stateBody(run),
    tasks: [
      {
        run_id: int64(run.taskRunId),
        task_key: run.job.settings.tasks[0]?.task_key,
        attempt_number: 0,
        ...stateBody(run),
      },
    ],
  };
}
