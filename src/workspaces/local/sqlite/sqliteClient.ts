/** SQLite behind the SQL interface, in a worker thread. One client for each window; many windows share the file. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { calledOff, type AcceleratorError } from '../../../flows/errors';
import { untilCalledOff } from '../../../flows/untilCalledOff';
import type { ExecuteOptions, SqlClient, SqlParameters, SqlResult } from '../../sql/sqlClient';
import { isOnNetworkDrive } from './networkDrive';
import type { Answer, Request, Statement } from './protocol';
import { isBusy, sqliteError, stillBusy, storageError } from './sqliteErrors';

/** What is called off, in an error's sentence. */
const STATEMENT = 'The statement';
/** How long a statement waits for other windows in all. */
const BUSY_LIMIT_MILLISECONDS = 30_000;
const BUSY_PAUSE_MILLISECONDS = 40;

export interface SqliteClientOptions {
  readonly file: string;
  /** The worker's bundle. */
  readonly workerFile: string | URL;
  readonly workerOptions?: WorkerOptions;
  /** Default: WAL, or DELETE on a network drive. */
  readonly journal?: 'WAL' | 'DELETE';
}

interface Pending {
  readonly resolve: (results: readonly SqlResult[]) => void;
  readonly reject: (error: unknown) => void;
}

type RequestBody = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

export class SqliteClient implements SqlClient {
  private worker: Promise<Worker> | null = null;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private lastVersion: number | null = null;
  private closed = false;

  constructor(private readonly options: SqliteClientOptions) {}

  async execute(sql: string, parameters: SqlParameters, options: ExecuteOptions): Promise<SqlResult> {
    const [result] = await this.run([{ sql, parameters }], options);
    return result ?? { rows: [], affected: 0 };
  }

  /** All statements or none of them, under one write lock. */
  async transaction(
    statements: readonly Statement[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly SqlResult[]> {
    return this.run(statements, options);
  }

  /**
   * Whether another connection (a window, an agent) has committed since the last call: costs one read of the file's
   * header. The first call says yes.
   */
  async hasNews(signal: AbortSignal): Promise<boolean> {
    const [result] = await this.whenFree(() => this.ask({ kind: 'dataVersion' }), signal);
    const version = Number(result?.rows[0]?.['data_version']);
    const news = version !== this.lastVersion;
    this.lastVersion = version;
    return news;
  }

  async close(): Promise<void> {
    if (this.closed) {
      return;
    }
    this.closed = true;
    const worker = await this.worker?.catch(() => null);
    if (worker !== null && worker !== undefined) {
      await this.send(worker, { kind: 'close' }).catch(() => undefined);
      await worker.terminate();
    }
  }

  private async run(
    statements: readonly Statement[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly SqlResult[]> {
    return this.whenFree(() => this.ask({ kind: 'run', statements }), signal);
  }

  /** Repeats while another process holds the lock; what met a lock did nothing, so every statement may be repeated. */
  private async whenFree<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const start = Date.now();
    for (;;) {
      if (signal.aborted) {
        throw calledOff(signal, STATEMENT);
      }
      try {
        return await untilCalledOff(call(), signal, STATEMENT);
      } catch (error) {
        if (!isBusy(error)) {
          throw error;
        }
        if (Date.now() - start > BUSY_LIMIT_MILLISECONDS) {
          throw stillBusy(this.options.file);
        }
      }
      await pause(BUSY_PAUSE_MILLISECONDS * (0.5 + Math.random()), signal);
    }
  }

  private async ask(body: RequestBody): Promise<readonly SqlResult[]> {
    if (this.closed) {
      throw storageError('The local storage was closed.', this.options.file);
    }
    this.worker ??= this.start();
    const starting = this.worker;
    try {
      return await this.send(await starting, body);
    } catch (error) {
      // A file that could not be opened may be there the next time.
      if (this.worker === starting && (await starting.then(() => false).catch(() => true))) {
        this.worker = null;
      }
      throw error;
    }
  }

  private async start(): Promise<Worker> {
    const { file, workerFile, workerOptions, journal } = this.options;
    const folder = path.dirname(file);
    try {
      await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw storageError(`The folder of the local storage cannot be made: ${folder}.`, file, cause);
    }
    // Its warnings (SQLite counts as experimental) belong in no console.
    const worker = new Worker(workerFile, { stderr: true, ...workerOptions });
    worker.on('message', (answer: Answer) => this.settle(answer));
    // A thread that broke ends as well: what a new one was asked meanwhile is not its business.
    let stopped = false;
    const stop = (cause?: unknown): void => {
      if (!stopped) {
        stopped = true;
        this.fail(storageError('The local storage stopped.', file, cause));
      }
    };
    worker.on('error', stop);
    worker.on('exit', () => stop());
    try {
      const mode = journal ?? ((await isOnNetworkDrive(folder)) ? 'DELETE' : 'WAL');
      await this.send(worker, { kind: 'open', file, journal: mode });
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    return worker;
  }

  private async send(worker: Worker, body: RequestBody): Promise<readonly SqlResult[]> {
    return new Promise((resolve, reject) => {
      this.lastId += 1;
      this.pending.set(this.lastId, { resolve, reject });
      worker.postMessage({ id: this.lastId, ...body });
    });
  }

  private settle(answer: Answer): void {
    const pending = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if ('failure' in answer) {
      pending?.reject(sqliteError(answer.failure, this.options.file));
    } else {
      pending?.resolve(answer.results);
    }
  }

  private fail(error: AcceleratorError): void {
    this.worker = null;
    for (const pending of this.pending.values()) {
      pending.reject(error);
    }
    this.pending.clear();
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
