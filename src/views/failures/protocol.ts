/** What the page of failures by cause and its host say to each other. The page names causes and flows by their ids. */
import * as z from 'zod/mini';
import { count, idText, parserOf, text } from '../pages/messages';

const instant = z.nullable(z.string().check(z.maxLength(40)));

const flowSchema = z.object({ flowId: idText, name: text, server: text, failedAt: instant });
export type FlowState = z.infer<typeof flowSchema>;

const causeSchema = z.object({
  id: idText,
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
  z.object({ type: z.literal('retry'), cause: idText }),
  z.object({ type: z.literal('open'), cause: idText }),
  z.object({ type: z.literal('openHistory'), flowId: idText }),
  z.object({ type: z.literal('copy'), cause: idText }),
  z.object({ type: z.literal('showMore') }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

const savedStateSchema = z.object({ open: z.array(idText) });
/** What the page keeps over a reload: which causes are unfolded. */
export type SavedState = z.infer<typeof savedStateSchema>;

/** Null for what this version does not understand: it is ignored, and the host logs it. */
export const parsePageMessage = parserOf(pageMessageSchema);
/** Null for what this version does not understand. */
export const parseHostMessage = parserOf(hostMessageSchema);
/** Null where nothing was kept, or by another version. */
export const parseSavedState = parserOf(savedStateSchema);
