/** `_progress.json`, as agents write it: the one parser for both places. */
import * as z from 'zod/mini';
import { ATTEMPT_STATUSES } from '../../flows/model';
import type { Progress } from '../../flows/notebookStore';

export const PROGRESS_FILE = '_progress.json';

const number = z.nullish(z.number());
const text = z.nullish(z.string());
const progressSchema = z.object({
  version: z.literal(1),
  attempt_id: z.string(),
  status: z.enum(ATTEMPT_STATUSES),
  progress_percentage: number,
  iterations: number,
  validation_percentage: number,
  status_message: text,
  error_message: text,
  generated_notebooks: z.nullish(z.array(z.string())),
  updated_at: z.string(),
});

/** Null where the text is no progress file, or not all of one. */
export function parseProgress(content: string): Progress | null {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return null;
  }
  const parsed = progressSchema.safeParse(json);
  if (!parsed.success) return null;
  const got = parsed.data;
  const updatedAt = new Date(got.updated_at);
  if (Number.isNaN(updatedAt.getTime())) return null;
  return {
    attemptId: got.attempt_id,
    status: got.status,
    progressPercentage: got.progress_percentage ?? null,
    iterations: got.iterations ?? null,
    validationPercentage: got.validation_percentage ?? null,
    statusMessage: got.status_message ?? null,
    errorMessage: got.error_message ?? null,
    generatedNotebooks: got.generated_notebooks ?? [],
    updatedAt,
  };
}
