/** What the page of an assessment and its host say to each other. The page names a flow by its place in the report. */
import * as z from 'zod/mini';
import { ASSESS_STAGES } from '../../flows/assessment';
import { count, levelCounts, parserOf, text } from '../pages/messages';

const flowSchema = z.object({
  /** Place in the suggested order, from 1; 0 where the file could not be read. */
  order: count,
  name: text,
  /** Where it lies, as short as it can be told apart. */
  place: text,
  format: text,
  nifiVersion: text,
  processors: count,
  levels: levelCounts,
  systems: z.array(text),
  scriptLines: count,
  triggers: z.array(text),
  findings: count,
  effort: z.number(),
  /** Other flows that are the same one. */
  twins: count,
  error: z.nullable(text),
});
export type FlowRow = z.infer<typeof flowSchema>;

const countedSchema = z.object({ name: text, count, more: text });
export type Counted = z.infer<typeof countedSchema>;

const reportSchema = z.object({
  label: text,
  at: text,
  cancelled: z.boolean(),
  flows: z.array(flowSchema),
  figures: z.object({ flows: count, errors: count, processors: count, planned: count, effort: z.number() }),
  levels: levelCounts,
  types: z.array(
    z.object({
      name: text,
      count,
      flows: count,
      level: z.enum(['converted', 'assisted', 'manual', 'notNeeded']),
      target: text,
    }),
  ),
  systems: z.array(countedSchema),
  scripts: z.array(countedSchema),
  triggers: z.array(countedSchema),
  formats: z.array(countedSchema),
  findings: z.array(countedSchema),
  /** Names of flows that are the same in several places. */
  same: z.array(z.object({ name: text, places: z.array(text) })),
});
export type ReportState = z.infer<typeof reportSchema>;

const hostMessageSchema = z.discriminatedUnion('type', [
  /** Under which the assessment is kept over a reload. */
  z.object({ type: z.literal('opened'), id: text }),
  z.object({
    type: z.literal('running'),
    label: text,
    stage: z.enum(ASSESS_STAGES),
    done: count,
    total: count,
    source: text,
  }),
  z.object({ type: z.literal('report'), report: reportSchema }),
  z.object({ type: z.literal('failed'), label: text, message: text, button: text }),
  z.object({ type: z.literal('refused'), message: text }),
  z.object({ type: z.literal('copied') }),
]);
export type HostMessage = z.infer<typeof hostMessageSchema>;

export const EXPORT_FORMATS = ['csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const pageMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('again') }),
  z.object({ type: z.literal('mend') }),
  z.object({ type: z.literal('export'), format: z.enum(EXPORT_FORMATS) }),
  z.object({ type: z.literal('copyMarkdown') }),
  z.object({ type: z.literal('openSource'), index: count }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

const savedStateSchema = z.object({
  id: text,
  query: z._default(text, ''),
  filter: z._default(text, 'all'),
});
/** What the page keeps over a reload, and while it is hidden. */
export type SavedState = z.infer<typeof savedStateSchema>;

/** Null for what this version does not understand: it is ignored, and the host logs it. */
export const parsePageMessage = parserOf(pageMessageSchema);
/** Null for what this version does not understand. */
export const parseHostMessage = parserOf(hostMessageSchema);
/** Null where nothing was kept, or by another version. */
export const parseSavedState = parserOf(savedStateSchema);
