/** Starts the engine (Spark with Delta in a Python process) and speaks its JSON lines. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import * as z from 'zod';

import { deltaJars, enginePython } from './install';

const answerSchema = z.object({
  id: z.number(),
  ok: z.unknown().optional(),
  error: z
    .object({ condition: z.string().nullable(), sqlState: z.string().nullable(), message: z.string() })
    .optional(),
});
const readySchema = z.object({ connectPort: z.number() });
export const resultSchema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  arrowSchema: z.string(),
  batches: z.array(z.object({ rows: z.number(), data: z.string() })),
});
export type EngineResult = z.infer<typeof resultSchema>;

export class EngineError extends Error {
  constructor(
    message: string,
    readonly condition: string | null,
    readonly sqlState: string | null,
  ) {
    super(message);
  }
}

export interface Engine {
  readonly connectPort: number;
  call(
    op: 'open' | 'close' | 'execute' | 'rows' | 'cancel',
    fields: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
  stop(): Promise<void>;
}

/** Where an engine comes from: it is started when first needed, since many tests need none. */
export type EngineSource = () => Engine | Promise<Engine>;

/** Takes 7 to 20 seconds. Tables live in a fresh folder that goes with the engine. */
export async function startEngine(log: (line: string) => void = () => undefined): Promise<Engine> {
  const data = await mkdtemp(join(tmpdir(), 'fake-workspace-'));
  const python = await enginePython();
  const child = spawn(
    python,
    [join(import.meta.dirname, 'engine', 'engine.py'), '--data', data, '--jars', await deltaJars()],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      // The workers that run Python functions must be of the same environment.
      env: { ...process.env, PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python, PYTHONDONTWRITEBYTECODE: '1' },
      cwd: data,
    },
  );
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let stderr = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr = `${stderr}${line}\n`.slice(-4000);
    log(line);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = answerSchema.parse(JSON.parse(line));
    const entry = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) {
      entry?.resolve(answer.ok);
    } else {
      entry?.reject(new EngineError(answer.error.message, answer.error.condition, answer.error.sqlState));
    }
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      for (const { reject } of waiting.values()) {
        reject(new Error(`The engine ended with ${code}:\n${stderr}`));
      }
      waiting.clear();
      resolve();
    });
  });
  const ready = await new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
  return {
    connectPort: readySchema.parse(ready).connectPort,
    call(op, fields) {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id, op, ...fields })}\n`);
      });
    },
    async stop() {
      child.stdin.end();
      const patience = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(patience);
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
