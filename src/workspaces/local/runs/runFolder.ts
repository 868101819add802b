/** A run's own folder: what its process is given (`run.json`), its lock, its log and its exit record. */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { AgentParameters } from '../../../flows/jobRunner';

/** What `python/run_agent.py` reads. */
export interface RunOrder {
  readonly version: 1;
  readonly run_id: string;
  readonly launch: number;
  readonly agent_path: string;
  readonly database: string;
  /** The history table's name in that file; `parameters.delta_table` is the one that the agent says. */
  readonly sqlite_table: string;
  readonly parameters: AgentParameters;
}

const exitRecordSchema = z.object({
  version: z.literal(1),
  run_id: z.string(),
  launch: z.number(),
  ended_at: z.string(),
  result: z.enum(['succeeded', 'failed', 'cancelled']),
  message: z.nullable(z.string()),
  trace: z.nullable(z.string()),
});
export type ExitRecord = z.infer<typeof exitRecordSchema>;

/** Longer logs are shown from this many bytes before their end. */
const LOG_BYTES = 1024 * 1024;

export class RunFolder {
  constructor(readonly path: string) {}

  get orderPath(): string {
    return join(this.path, 'run.json');
  }

  get lockPath(): string {
    return join(this.path, 'alive.lock');
  }

  get logPath(): string {
    return join(this.path, 'run.log');
  }

  /** Makes the folder and writes what the process is to do. An earlier launch's record would be taken for this one's. */
  async prepare(order: RunOrder): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await rm(join(this.path, 'exit.json'), { force: true });
    const draft = `${this.orderPath}.tmp`;
    await writeFile(draft, JSON.stringify(order), { encoding: 'utf8', mode: 0o600 });
    await rename(draft, this.orderPath);
  }

  /** The record of this very launch; null where there is none (yet), or none that can be read. */
  async exitRecord(launch: number): Promise<ExitRecord | null> {
    try {
      const text = await readFile(join(this.path, 'exit.json'), 'utf8');
      const parsed = exitRecordSchema.safeParse(JSON.parse(text));
      return parsed.success && parsed.data.launch === launch ? parsed.data : null;
    } catch {
      return null;
    }
  }

  /** The end of what the process printed; null where it never started. */
  async log(bytes = LOG_BYTES): Promise<string | null> {
    let file;
    try {
      const { size } = await stat(this.logPath);
      file = await open(this.logPath, 'r');
      const start = Math.max(0, size - bytes);
      const buffer = Buffer.alloc(Math.min(size, bytes));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
      const text = buffer.toString('utf8', 0, bytesRead);
      return start === 0
        ? text
        : `… (${String(start)} bytes before this are left out)\n${text.slice(text.indexOf('\n') + 1)}`;
    } catch {
      return null;
    } finally {
      await file?.close();
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}
