/** Starts the engine (Spark with Delta in a Python process) and speaks its JSON lines. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import * as z from 'zod';

import { deltaJars, enginePython } from './install';
import { JsonLines } from './jsonLines';

export const readySchema = z.object({ connectPort: z.number() });
export const resultSchema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  arrowSchema: z.string(),
  batches: z.array(z.object({ rows: z.number(), data: z.string() })),
});
export type EngineResult = z.infer<typeof resultSchema>;

export type EngineOperation = 'open' | 'close' | 'execute' | 'rows' | 'cancel';

export interface Engine {
  readonly connectPort: number;
  call(op: EngineOperation, fields: Readonly<Record<string, unknown>>): Promise<unknown>;
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
  let stderr = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr = `${stderr}${line}\n`.slice(-4000);
    log(line);
  });
  const lines = new JsonLines(child.stdout, child.stdin);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      lines.fail(new Error(`The engine ended with ${code}:\n${stderr}`));
      resolve();
    });
  });
  return {
    connectPort: readySchema.parse(await lines.greeting).connectPort,
    call: (op, fields) => lines.call({ op, ...fields }),
    async stop() {
      child.stdin.end();
      const patience = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(patience);
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
