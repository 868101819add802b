/** What is awaited of the attempts that were started here, and when there is something to tell. Pure. */
import * as z from 'zod/mini';
import type { TerminalAttemptStatus } from '../flows/model';
import type { EndedAttempt } from './endNoticeText';

const EARLY_KEPT = 500;

const endedSchema = z.object({
  attemptId: z.string(),
  flowId: z.string(),
  status: z.enum(['SUCCESS', 'FAILED', 'CANCELLED'] as const satisfies readonly TerminalAttemptStatus[]),
});
const batchSchema = z.object({ waiting: z.array(z.string()), ended: z.array(endedSchema) });
export type EndBatch = z.infer<typeof batchSchema>;
export type KnownEnd = EndBatch['ended'][number];

/** One attempt is told by itself, more of them as a summary. */
export type EndNews =
  | { readonly kind: 'one'; readonly ended: EndedAttempt }
  | { readonly kind: 'batch'; readonly ended: readonly KnownEnd[] };

export class EndBatches {
  private batches: readonly EndBatch[];
  /** Ends that came before their start was reported: a quick agent may be done first. */
  private readonly early = new Map<string, EndedAttempt>();

  /**
   * @param saved what `save` was given in an earlier life of the window; anything else is forgotten
   * @param save keeps the batches; null: there are none
   */
  constructor(
    saved: unknown,
    private readonly save: (batches: readonly EndBatch[] | null) => void,
  ) {
    const parsed = z.safeParse(z.array(batchSchema), saved);
    this.batches = parsed.success ? parsed.data : [];
  }

  /** Ids of all attempts whose end is to be told. */
  get waiting(): readonly string[] {
    return this.batches.flatMap((batch) => batch.waiting);
  }

  /** These were started together. */
  expect(attemptIds: readonly string[]): readonly EndNews[] {
    if (attemptIds.length === 0) {
      return [];
    }
    this.keep([...this.batches, { waiting: [...attemptIds], ended: [] }]);
    return attemptIds.flatMap((attemptId) => {
      const early = this.early.get(attemptId);
      this.early.delete(attemptId);
      return early === undefined ? [] : this.hear(early);
    });
  }

  /** An attempt ended: news where it is the last of its batch. */
  hear(ended: EndedAttempt): readonly EndNews[] {
    const batch = this.batches.find((one) => one.waiting.includes(ended.attemptId));
    if (batch === undefined) {
      this.early.set(ended.attemptId, ended);
      // Ends of what others started are never asked for: only the latest are kept.
      for (const attemptId of [...this.early.keys()].slice(0, -EARLY_KEPT)) {
        this.early.delete(attemptId);
      }
      return [];
    }
    const next: EndBatch = {
      waiting: batch.waiting.filter((attemptId) => attemptId !== ended.attemptId),
      ended: [...batch.ended, { attemptId: ended.attemptId, flowId: ended.flowId, status: ended.status }],
    };
    const others = this.batches.filter((one) => one !== batch);
    if (next.waiting.length > 0) {
      this.keep([...others, next]);
      return [];
    }
    this.keep(others);
    return [next.ended.length === 1 ? { kind: 'one', ended } : { kind: 'batch', ended: next.ended }];
  }

  /** Waits for these no longer; a batch that waited for nothing else is told with what it has. */
  giveUp(lost: ReadonlySet<string>): readonly EndNews[] {
    const left = this.batches.map((batch) => ({
      ...batch,
      waiting: batch.waiting.filter((attemptId) => !lost.has(attemptId)),
    }));
    this.keep(left.filter((batch) => batch.waiting.length > 0));
    return left
      .filter((batch) => batch.waiting.length === 0 && batch.ended.length > 0)
      .map((batch) => ({ kind: 'batch', ended: batch.ended }));
  }

  private keep(batches: readonly EndBatch[]): void {
    this.batches = batches;
    this.save(batches.length === 0 ? null : batches);
  }
}
