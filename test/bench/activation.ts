/** Activation time and memory: ten timed activations, each in a fresh extension host with the built extension and an empty one. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'esbuild';
import { repositoryRoot } from '../support/hostPackage';
import { startServer } from '../support/vscode/server';
import type { ActivationSample } from './activationSuite';
import { megabytes, row, spread } from './figures';

const SAMPLES = 10;
/** VS Code activates extensions by itself soon after its start, so not every run comes in time. */
const MOST_RUNS = 40;

export async function benchActivation(browser: Browser, vsix: string, flows: string): Promise<void> {
  const suite = path.join(repositoryRoot, 'out', 'bench', 'activationSuite.js');
  await build({
    entryPoints: [path.join(repositoryRoot, 'test', 'bench', 'activationSuite.ts')],
    outfile: suite,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-bench-'));
  const result = path.join(folder, 'sample.json');
  const server = await startServer({ vsix: [vsix], testDriver: true, env: { BENCH_RESULT: result } });
  const samples: ActivationSample[] = [];
  try {
    for (let run = 0; run < MOST_RUNS && samples.filter((sample) => sample.own !== null).length < SAMPLES; run++) {
      const page = await browser.newPage();
      const ended = new Promise<number>((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
      await page.exposeFunction('codeAutomationLog', () => undefined);
      const target = {
        open: flows,
        extensionDevelopmentPath: [path.join(repositoryRoot, 'test', 'bench', 'empty-extension')],
        extensionTestsPath: suite,
      };
      await page.goto(server.url(target), { waitUntil: 'commit' });
      const code = await ended;
      if (code !== 0 || !existsSync(result))
        throw new Error(`the activation suite ended with ${code}\n${server.log()}`);
      samples.push(JSON.parse(readFileSync(result, 'utf8')) as ActivationSample);
      rmSync(result);
      await page.close();
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const own = samples.map((sample) => sample.own).filter((time) => time !== null);
  const empty = samples.map((sample) => sample.empty).filter((time) => time !== null);
  row('Activation', own.length === 0 ? 'VS Code had activated it before it could be timed' : spread(own));
  row('Activation of an empty extension beside it', empty.length === 0 ? 'not timed' : spread(empty));
  const growth = samples.map((sample) => sample.heapAfter - sample.heapBefore);
  row('Heap taken by both activations, at most', megabytes(Math.max(...growth)));
}
