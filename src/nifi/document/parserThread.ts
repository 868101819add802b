/** Starts the parser's thread when it is first needed and ends it when it was idle for a while. */
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import type { ParsedDocument } from './parse';
import type { OpenedText, ParserAnswer, ParserRequest } from './protocol';

/** A thread holds some ten megabytes. */
const IDLE_MS = 60_000;

interface Pending {
  readonly resolve: (answer: ParserAnswer) => void;
  readonly reject: (error: Error) => void;
}

export class ParserThread {
  private worker: Worker | null = null;
  private idle: NodeJS.Timeout | undefined;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;

  constructor(
    private readonly file: string | URL,
    private readonly options: WorkerOptions = {},
  ) {}

  /** @throws an Error where the thread dies */
  async parse(text: string): Promise<ParsedDocument> {
    const answer = await this.ask((id) => ({ id, kind: 'parse', text }));
    if (answer.kind !== 'parse') throw new Error('the parser gave another answer');
    return answer.parsed;
  }

  /** @throws an Error where the file cannot be read */
  open(path: string): Promise<OpenedText> {
    return this.text((id) => ({ id, kind: 'open', path }));
  }

  /** The same of a file's bytes. */
  unpack(bytes: Uint8Array): Promise<OpenedText> {
    return this.text((id) => ({ id, kind: 'unpack', bytes }));
  }

  private async text(request: (id: number) => ParserRequest): Promise<OpenedText> {
    const answer = await this.ask(request);
    if (answer.kind !== 'open') throw new Error('the parser gave another answer');
    return answer.opened;
  }

  dispose(): void {
    clearTimeout(this.idle);
    const { worker } = this;
    this.worker = null;
    this.rejectAll(new Error('the parser was closed'));
    void worker?.terminate();
  }

  private ask(request: (id: number) => ParserRequest): Promise<ParserAnswer> {
    const id = (this.lastId += 1);
    clearTimeout(this.idle);
    this.worker ??= this.start();
    this.worker.postMessage(request(id));
    return new Promise<ParserAnswer>((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }

  private start(): Worker {
    const worker = new Worker(this.file, this.options);
    worker.unref();
    worker.on('message', (answer: ParserAnswer) => {
      const pending = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      if (answer.kind === 'failed') pending?.reject(new Error(answer.message));
      else pending?.resolve(answer);
      if (this.pending.size === 0) {
        clearTimeout(this.idle);
        this.idle = setTimeout(() => this.dispose(), IDLE_MS);
        this.idle.unref();
      }
    });
    worker.on('error', (error) => {
      if (this.worker === worker) this.worker = null;
      this.rejectAll(error instanceof Error ? error : new Error(String(error)));
    });
    return worker;
  }

  private rejectAll(error: Error): void {
    for (const pending of this.pending.values()) pending.reject(error);
    this.pending.clear();
  }
}
