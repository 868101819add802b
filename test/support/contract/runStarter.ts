/** Runs `starter.ts` as a process of its own. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { bundles } from './bundles';
import type { StarterOrder } from './starter';

const answerSchema = z.object({ steps: z.number(), answers: z.array(z.record(z.string(), z.unknown())) });

export interface StarterOutcome {
  readonly killed: boolean;
  /** Null where it was killed. */
  readonly answer: z.infer<typeof answerSchema> | null;
}

export interface Starter {
  /** Lets it begin. */
  go(order: StarterOrder): Promise<StarterOutcome>;
}

/** Resolves when the process waits for its order, so that several begin together. */
export async function readyStarter(): Promise<Starter> {
  const child = spawn(process.execPath, [path.join(await bundles(), 'starter.js')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const lines = createInterface({ input: child.stdout });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) => resolve(killedBy ?? code));
  });
  const output: string[] = [];
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line === 'ready') resolve();
      else output.push(line);
    });
    ended.then(() => reject(new Error(`the starter ended before it was ready: ${errors}`)), reject);
  });
  return {
    go: async (order) => {
      child.stdin.end(`${JSON.stringify(order)}\n`);
      const end = await ended;
      if (end === 'SIGKILL') return { killed: true, answer: null };
      if (end !== 0) throw new Error(`the starter ended with ${end}: ${errors}`);
      return { killed: false, answer: answerSchema.parse(JSON.parse(output[0] ?? 'null')) };
    },
  };
}
