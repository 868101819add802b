/** An assessment as it outlives its page: written where it is asked for and where it ends, read after a reload. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { assessmentToJson, parseAssessment, type Assessment } from '../../flows/assessment';

/** Where the files of an assessment lie. */
export const SOURCE_PLACES = ['disk', 'workspace'] as const;

const requestSchema = z.object({
  /** What is assessed, in words. */
  label: z.string(),
  /** Files, `FILE#GROUP` and folders of this computer, or the files of flows as the workspace names them. */
  sources: z.array(z.string()),
  place: z.enum(SOURCE_PLACES),
});
export type AssessmentRequest = z.infer<typeof requestSchema>;

const keptSchema = z.object({
  version: z.literal(1),
  request: requestSchema,
  /** When it ended, and what it found in the converter's form; null: it was cut off. */
  done: z.nullable(z.object({ at: z.iso.datetime(), assessment: z.string() })),
});

export interface FinishedAssessment {
  readonly assessment: Assessment;
  readonly at: Date;
}

export interface KeptAssessment {
  readonly request: AssessmentRequest;
  readonly done: FinishedAssessment | null;
}

/** The same for the same sources: a second assessment of them takes the place of the first. */
export function assessmentId({ sources, place }: AssessmentRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([place, sources]))
    .digest('hex')
    .slice(0, 32);
}

export function keptText({ request, done }: KeptAssessment): string {
  const kept: z.infer<typeof keptSchema> = {
    version: 1,
    request,
    done: done === null ? null : { at: done.at.toISOString(), assessment: assessmentToJson(done.assessment) },
  };
  return JSON.stringify(kept);
}

/** Null where the text was kept by another version. An assessment that cannot be read any more counts as cut off. */
export function parseKept(text: string): KeptAssessment | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = z.safeParse(keptSchema, value);
  if (!parsed.success) {
    return null;
  }
  const { request, done } = parsed.data;
  const assessment = done === null ? null : parseAssessment(done.assessment);
  return {
    request,
    done: done === null || assessment === null ? null : { assessment, at: new Date(done.at) },
  };
}
