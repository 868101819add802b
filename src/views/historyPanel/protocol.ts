/**
 * What the history page and its host say to each other. Both sides parse what they get: a page is outside the
 * extension's trust, and a page of an older version may still be open after an update.
 *
 * A message from the page names an attempt by its id and a notebook by its index in that attempt; never a path, a URL or
 * a command. What is behind them the host looks up itself.
 */
import * as z from 'zod/mini';
import { WORKSPACE_KINDS } from '../../flows/workspace';
import { ATTEMPT_DISPLAYS, FLOW_DISPLAYS } from '../format';
import { count, idText, parserOf, text } from '../pages/messages';

const instant = z.string().check(z.maxLength(40));
const percentage = z.nullable(z.int().check(z.gte(0), z.lte(100)));

/** What the header's first button does; its place never changes. */
export const PRIMARY_ACTIONS = ['start', 'retry', 'again', 'cancel', 'none'] as const;
export type PrimaryAction = (typeof PRIMARY_ACTIONS)[number];

const headerSchema = z.object({
  flowId: z.string(),
  name: text,
  display: z.enum(FLOW_DISPLAYS),
  server: text,
  path: text,
  runsOn: z.enum(WORKSPACE_KINDS),
  fileExists: z.boolean(),
  /** Number of the attempt since which the source has changed; null where it has not, or where that is not known. */
  changedSince: z.nullable(count),
  attempts: count,
  successes: count,
  firstAt: z.nullable(instant),
  lastAt: z.nullable(instant),
  primary: z.enum(PRIMARY_ACTIONS),
  /** Why the first button is off; null while it is on. */
  primaryOff: z.nullable(text),
  can: z.object({
    openNotebooks: z.boolean(),
    openFlow: z.boolean(),
    locateFile: z.boolean(),
    compare: z.boolean(),
    export: z.boolean(),
    openLog: z.boolean(),
    diff: z.boolean(),
    assess: z.boolean(),
  }),
});
export type HeaderState = z.infer<typeof headerSchema>;

/** One line under the header: what is wrong with what is shown, and the button that mends it. */
const problemSchema = z.object({
  title: text,
  why: text,
  /** When the data that are still shown were read. */
  dataFrom: z.nullable(instant),
  /** The button's text; null where nothing can be pressed. */
  button: z.nullable(text),
});
export type ProblemState = z.infer<typeof problemSchema>;

const rowSchema = z.object({
  attemptId: idText,
  number: count,
  display: z.enum(ATTEMPT_DISPLAYS),
  startedAt: instant,
  endedAt: z.nullable(instant),
  /** Null while it runs (the page counts) and where it is not known. */
  durationSeconds: z.nullable(z.number()),
  active: z.boolean(),
  progress: percentage,
  /** Cut to fit a row; empty where there is none. */
  error: text,
  /** What a live attempt says of itself. */
  message: text,
  /** When a live attempt was last heard of. */
  seenAt: z.nullable(instant),
});
export type RowState = z.infer<typeof rowSchema>;

const coverageSchema = z.object({ converted: count, assisted: count, manual: count, notNeeded: count });
export type CoverageState = z.infer<typeof coverageSchema>;

const detailsSchema = z.object({
  attemptId: idText,
  /** The whole error, as it is. */
  error: z.nullable(text),
  statusMessage: z.nullable(text),
  /** Where the flow's own source is at fault, so that a button can lead there. */
  sourceLine: z.nullable(count),
  notebooks: z.array(z.object({ name: text })),
  coverage: z.nullable(coverageSchema),
  validation: percentage,
  iterations: z.nullable(count),
  trigger: z.nullable(text),
  /** The platform's id of the run; null while there is none. */
  runId: z.nullable(text),
  /** Number of the newest earlier success whose notebooks can be compared with; null where there is none. */
  diffWith: z.nullable(count),
});
export type DetailsState = z.infer<typeof detailsSchema>;

/** How far the list of attempts is known. */
const listSchema = z.object({
  phase: z.enum(['loading', 'ready']),
  /** Attempts that exist beyond those sent. */
  older: count,
  loadingOlder: z.boolean(),
  /** Why the history could not be read; what was known stays. */
  failure: z.nullable(z.object({ message: text, button: text })),
});
export type ListState = z.infer<typeof listSchema>;

const hostMessageSchema = z.discriminatedUnion('type', [
  /** Everything at once: the answer to `ready`. */
  z.object({
    type: z.literal('init'),
    header: z.nullable(headerSchema),
    problem: z.nullable(problemSchema),
    list: listSchema,
    rows: z.array(rowSchema),
    select: z.nullable(idText),
  }),
  /** Only what changed. `order` is there when rows came, went or moved. */
  z.object({
    type: z.literal('patch'),
    header: z.optional(headerSchema),
    problem: z.optional(z.nullable(problemSchema)),
    list: z.optional(listSchema),
    rows: z.optional(z.array(rowSchema)),
    order: z.optional(z.array(idText)),
  }),
  z.object({ type: z.literal('details'), details: detailsSchema }),
  z.object({ type: z.literal('select'), attemptId: idText, focus: z.boolean() }),
  z.object({ type: z.literal('copied') }),
  /** What the user just asked for did not work. */
  z.object({ type: z.literal('refused'), message: text }),
]);
export type HostMessage = z.infer<typeof hostMessageSchema>;

const pageMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('select'), attemptId: idText }),
  /** The header's first button, as the page showed it: the host refuses what is no longer so. */
  z.object({ type: z.literal('primary'), action: z.enum(['start', 'retry', 'again', 'cancel']) }),
  z.object({ type: z.literal('openNotebook'), attemptId: idText, index: count, beside: z.boolean() }),
  z.object({ type: z.literal('diffNotebook'), attemptId: idText, index: count }),
  z.object({ type: z.literal('openNotebooks') }),
  z.object({ type: z.literal('openLog'), attemptId: idText }),
  z.object({ type: z.literal('openSource'), attemptId: idText }),
  z.object({ type: z.literal('copyError'), attemptId: idText }),
  z.object({ type: z.literal('compare'), first: idText, second: idText }),
  z.object({ type: z.literal('openFlow') }),
  z.object({ type: z.literal('locateFile') }),
  z.object({ type: z.literal('assess') }),
  z.object({ type: z.literal('export') }),
  z.object({ type: z.literal('showOlder') }),
  z.object({ type: z.literal('tryAgain') }),
  z.object({ type: z.literal('mend') }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

const savedStateSchema = z.object({
  flowId: z.string().check(z.minLength(1), z.maxLength(200)),
  selected: z.array(idText).check(z.maxLength(2)),
  focused: z.nullable(idText),
  /** Of the page, and of the attempts within it. */
  scrollTop: z.number(),
  gridScrollTop: z.number(),
});
/** What the page keeps over a reload. */
export type SavedState = z.infer<typeof savedStateSchema>;

/** Null for what this version does not understand: it is ignored, and the host logs it. */
export const parsePageMessage = parserOf(pageMessageSchema);
/** Null for what this version does not understand. */
export const parseHostMessage = parserOf(hostMessageSchema);
/** Null where nothing was kept, or by another version. */
export const parseSavedState = parserOf(savedStateSchema);
