/** What the page of failures by cause and its host say to each other. The page names causes and flows by their ids. */
import * as z from 'zod/mini';

const text = z.string();
const id = z.string().check(z.minLength(1), z.maxLength(200));
const count = z.int().check(z.nonnegative());
const instant = z.nullable(z.string().check(z.maxLength(40)));

const flowSchema = z.object({ flowId: id, name: text, server: text, failedAt: instant });
export type FlowState = z.infer<typeof flowSchema>;

const causeSchema = z.object({
  id,
  /** Empty where no error was recorded. */
  title: text,
  flowCount: count,
  attempts: count,
  firstSeen: instant,
  lastSeen: instant,
  /** The newest error of this cause as it is. */
  example: text,
  /** The first flows, newest failure first. */
  flows: z.array(flowSchema),
});
export type CauseState = z.infer<typeof causeSchema>;

const stateSchema = z.object({
  causes: z.array(causeSchema),
  /** Of all causes, also of those not sent. */
  causeCount: count,
  flowCount: count,
  attemptCount: count,
});
export type FailuresState = z.infer<typeof stateSchema>;

const hostMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('causes'), state: stateSchema }),
  z.object({ type: z.literal('failed'), message: text }),
  z.object({ type: z.literal('refused'), message: text }),
  z.object({ type: z.literal('copied') }),
]);
export type HostMessage = z.infer<typeof hostMessageSchema>;

const pageMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('tryAgain') }),
  z.object({ type: z.literal('retry'), cause: id }),
  z.object({ type: z.literal('open'), cause: id }),
  z.object({ type: z.literal('openHistory'), flowId: id }),
  z.object({ type: z.literal('copy'), cause: id }),
  z.object({ type: z.literal('showMore') }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

const savedStateSchema = z.object({ open: z.array(id) });
/** What the page keeps over a reload: which causes are unfolded. */
export type SavedState = z.infer<typeof savedStateSchema>;

/** Null for what this version does not understand: it is ignored, and the host logs it. */
export function parsePageMessage(value: unknown): PageMessage | null {
  const parsed = pageMessageSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** Null for what this version does not understand. */
export function parseHostMessage(value: unknown): HostMessage | null {
  const parsed = hostMessageSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** Null where nothing was kept, or by another version. */
export function parseSavedState(value: unknown): SavedState | null {
  const parsed = savedStateSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
