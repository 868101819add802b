/**
 * npm run goldens -- el FILE | processors FILE
 *
 * Runs test/python/goldens.py in the project's Python environment: lists what differs from NiFi, and ends with
 * `N of M equal`.
 */
import path from 'node:path';
import { repositoryRoot } from './hostPackage';
import { preparedPython } from './pythonTier';
import { run } from './run';

const HOURS_MS = 3_600_000;

async function main(): Promise<void> {
  const script = path.join(repositoryRoot, 'test', 'python', 'goldens.py');
  const code = await run(preparedPython(), [script, ...process.argv.slice(2)], { timeoutMs: 2 * HOURS_MS });
  process.exitCode = code ?? 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
