/** Requests and answers as JSON lines, side by side: who asks side. The other side's first line, with id 0, greets. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import * as z from 'zod';

import { EngineError } from './engineError';

const answerSchema = z.object({
  id: z.number(),
  ok: z.unknown().optional(),
  error: z
    .object({ condition: z.string().nullable(), sqlState: z.string().nullable(), message: z.string() })
    .optional(),
});
export type Answer = z.infer<typeof answerSchema>;

export class JsonLines {
  /** What the other side said when it was ready. */
  readonly greeting: Promise<unknown>;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private lastId = 0;

  constructor(
    answers: Readable,
    private readonly requests: Writable,
  ) {
    this.greeting = this.answerTo(0);
    createInterface({ input: answers }).on('line', (line) => this.take(answerSchema.parse(JSON.parse(line))));
  }

  /** @throws EngineError as the other side tells it */
  call(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    const id = ++this.lastId;
    const answer = this.answerTo(id);
    this.requests.write(`${JSON.stringify({ id, ...request })}\n`);
    return answer;
  }

  /** No answer will come any more. */
  fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private take({ id, ok, error }: Answer): void {
    const entry = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) entry?.resolve(ok);
    else entry?.reject(new EngineError(error.message, error.condition, error.sqlState));
  }
}
