/** Runs in the extension host as an "extension test": times both activations in the same fresh process. */
import { writeFileSync } from 'node:fs';
import { extensions } from 'vscode';

export interface ActivationSample {
  readonly own: number | null;
  readonly empty: number | null;
  readonly heapBefore: number;
  readonly heapAfter: number;
}

/** Milliseconds of loading and activating; null where VS Code had activated it before. */
async function time(id: string): Promise<number | null> {
  const extension = extensions.getExtension(id);
  if (extension === undefined) throw new Error(`${id} is not installed`);
  if (extension.isActive) return null;
  const start = performance.now();
  await extension.activate();
  return performance.now() - start;
}

export async function run(): Promise<void> {
  const file = process.env['BENCH_RESULT'];
  if (file === undefined) throw new Error('BENCH_RESULT is not set');
  const heapBefore = process.memoryUsage().heapUsed;
  // Turn by turn, so that neither always pays for what the first one warms up.
  const ownFirst = process.hrtime.bigint() % 2n === 0n;
  let own: number | null;
  let empty: number | null;
  if (ownFirst) {
    own = await time('nifi-accelerator.nifi-accelerator');
    empty = await time('nifi-accelerator.empty-extension');
  } else {
    empty = await time('nifi-accelerator.empty-extension');
    own = await time('nifi-accelerator.nifi-accelerator');
  }
  const sample: ActivationSample = { own, empty, heapBefore, heapAfter: process.memoryUsage().heapUsed };
  writeFileSync(file, JSON.stringify(sample));
}
