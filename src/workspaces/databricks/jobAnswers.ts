/** What the Jobs API 2.2 answers, as far as it is read here. */
import * as z from 'zod/mini';

import { runStateSchema } from './runState';

const id = z.pipe(z.union([z.string(), z.number()]), z.transform(String));
const page = { next_page_token: z.optional(z.string()) };

export const created = z.object({ job_id: id });
export const runNow = z.object({ run_id: id });
export const jobAnswer = z.object({
  job_id: id,
  created_time: z.optional(z.number()),
  settings: z.optional(z.object({ name: z.optional(z.string()), tags: z.optional(z.record(z.string(), z.string())) })),
});
export const jobList = z.object({ ...page, jobs: z.optional(z.array(jobAnswer)) });
const task = z.extend(runStateSchema, { run_id: id, task_key: z.optional(z.string()) });
export const run = z.extend(runStateSchema, {
  run_id: id,
  job_id: z.optional(id),
  end_time: z.optional(z.nullable(z.number())),
  run_page_url: z.optional(z.string()),
  tasks: z.optional(z.array(task)),
});
export type Run = z.infer<typeof run>;
/** Runs in one page of a list, at most. */
export const LIST_LIMIT = 24;
export const runList = z.object({ ...page, runs: z.optional(z.array(run)) });
export const output = z.object({
  error: z.optional(z.string()),
  error_trace: z.optional(z.string()),
  notebook_output: z.optional(z.object({ result: z.optional(z.string()) })),
});
