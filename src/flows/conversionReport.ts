/**
 * The report that the shipped agent leaves beside its notebooks (docs/conversion_report.md), as far as the product reads
 * it. Another agent may leave none, or part of it: what is missing is null or empty, and only what is no report at all
 * is refused.
 */
import * as z from 'zod/mini';

export const REPORT_FILE = 'conversion_report.json';

/** Processors by what became of them. */
export interface LevelCounts {
  readonly converted: number;
  readonly assisted: number;
  readonly manual: number;
  readonly notNeeded: number;
}
export type LevelName = keyof LevelCounts;

const LEVEL_NAMES = {
  converted: 'converted',
  assisted: 'assisted',
  manual: 'manual',
  not_needed: 'notNeeded',
} as const satisfies Record<string, LevelName>;

/** The converter's name of a level as ours. */
export const levelSchema = z.pipe(
  z.enum(['converted', 'assisted', 'manual', 'not_needed']),
  z.transform((name): LevelName => LEVEL_NAMES[name]),
);

const text = z._default(z.string(), '');

const processorSchema = z.object({
  id: text,
  name: text,
  type: text,
  group_id: text,
  group: text,
  level: levelSchema,
  reason: text,
  /** Empty: it has no cell. */
  notebook: text,
  /** From 1 over all cells of the notebook; 0: none. */
  cell: z._default(z.number(), 0),
  /** Its functions in gaps.py. */
  gaps: z._default(z.array(z.string()), []),
});
export type ReportedProcessor = z.infer<typeof processorSchema>;

const connectionSchema = z.object({ from: text, relationships: z._default(z.array(z.string()), []), to: text });
const serviceSchema = z.object({ id: text, name: text, type: text });
const parameterSchema = z.object({ context: text, name: text, sensitive: z._default(z.boolean(), false) });

const sourceSchema = z.object({
  name: text,
  format: text,
  sha256: text,
  size: z._default(z.nullable(z.number()), null),
  nifi_version: z._default(z.nullable(z.string()), null),
});

const reportSchema = z.object({
  converter_version: z._default(z.nullable(z.string()), null),
  source: z._default(z.nullable(sourceSchema), null),
  processors: z.array(processorSchema),
  connections: z._default(z.array(connectionSchema), []),
  services: z._default(z.array(serviceSchema), []),
  parameters: z._default(z.array(parameterSchema), []),
});
export type ConversionReport = z.infer<typeof reportSchema>;

/** Null where the text is no report, or one of a form that this version does not know. */
export function parseReport(content: string): ConversionReport | null {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return null;
  }
  const report = z.safeParse(reportSchema, value);
  return report.success ? report.data : null;
}

/** How many processors came out at each level. */
export function levelCounts(processors: readonly Pick<ReportedProcessor, 'level'>[]): LevelCounts {
  const counts = { converted: 0, assisted: 0, manual: 0, notNeeded: 0 };
  for (const { level } of processors) {
    counts[level] += 1;
  }
  return counts;
}
