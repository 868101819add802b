/**
 * What the page that compares two attempts and its host say to each other. The page names a side and the place of a
 * notebook in its list; never a path.
 */
import * as z from 'zod/mini';
import { GROUP_IDS } from '../../flows/compareAttempts';
import { ATTEMPT_DISPLAYS } from '../format';
import { count, idText, levelCounts, parserOf, text } from '../pages/messages';

const cellSchema = z.discriminatedUnion('kind', [
  /** `quiet`: says that there is nothing, or that nothing is known. */
  z.object({ kind: z.enum(['quiet', 'text', 'code', 'figure', 'error']), text }),
  z.object({ kind: z.literal('instant'), at: text }),
  z.object({ kind: z.literal('levels'), levels: levelCounts }),
  z.object({
    kind: z.literal('components'),
    text,
    changes: z.array(
      z.object({
        sign: z.enum(['+', '−', '~']),
        text,
        /** Properties that differ, each with its two values in words. */
        properties: z.array(z.object({ name: text, before: text, after: text })),
        moreProperties: count,
      }),
    ),
    /** Changes beyond those sent. */
    more: count,
  }),
  z.object({ kind: z.literal('notebook') }),
]);
export type CellState = z.infer<typeof cellSchema>;

const rowSchema = z.object({
  id: text,
  name: text,
  level: z.nullable(z.enum(['converted', 'assisted', 'manual', 'notNeeded'])),
  left: cellSchema,
  right: cellSchema,
  difference: text,
  differs: z.boolean(),
  /** Place of the notebook whose two sides can be shown in a diff editor; null: none. */
  diff: z.nullable(count),
  /** Place of the notebook in each side's list. */
  notebook: z.nullable(count),
});
export type RowState = z.infer<typeof rowSchema>;

const groupSchema = z.object({ id: z.enum(GROUP_IDS), title: text, rows: z.array(rowSchema) });
export type GroupState = z.infer<typeof groupSchema>;

const sideSchema = z.object({
  attemptId: idText,
  number: count,
  flow: text,
  display: z.enum(ATTEMPT_DISPLAYS),
});
export type SideState = z.infer<typeof sideSchema>;

const comparisonSchema = z.object({
  left: sideSchema,
  right: sideSchema,
  server: text,
  path: text,
  runsOn: z.enum(['local', 'databricks']),
  groups: z.array(groupSchema),
  /** Whether any notebook of both sides differs. */
  canDiff: z.boolean(),
  /** Whether the flows themselves were kept and differ. */
  canDiffSource: z.boolean(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

const hostMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('comparison'), comparison: comparisonSchema }),
  /** The attempts could not be read; what was shown stays. */
  z.object({ type: z.literal('failed'), message: text }),
  z.object({ type: z.literal('refused'), message: text }),
  z.object({ type: z.literal('copied') }),
]);
export type HostMessage = z.infer<typeof hostMessageSchema>;

const side = z.enum(['left', 'right']);
export type Side = z.infer<typeof side>;

const pageMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('swap') }),
  z.object({ type: z.literal('openNotebook'), side, index: count, beside: z.boolean() }),
  z.object({ type: z.literal('diffNotebook'), index: count }),
  z.object({ type: z.literal('diffAll') }),
  z.object({ type: z.literal('diffSource') }),
  z.object({ type: z.literal('openHistory'), side }),
  z.object({ type: z.literal('copyError'), side }),
  z.object({ type: z.literal('tryAgain') }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

const savedStateSchema = z.object({ left: idText, right: idText, only: z.boolean() });
/** What the page keeps over a reload. */
export type SavedState = z.infer<typeof savedStateSchema>;

/** Null for what this version does not understand: it is ignored, and the host logs it. */
export const parsePageMessage = parserOf(pageMessageSchema);
/** Null for what this version does not understand. */
export const parseHostMessage = parserOf(hostMessageSchema);
/** Null where nothing was kept, or by another version. */
export const parseSavedState = parserOf(savedStateSchema);
