/** The host tier: mocha inside a real VS Code's extension host, over the built extension. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { repositoryRoot } from './hostPackage';

const HOST_TESTS = path.join(repositoryRoot, 'test', 'host');
const COMPILED = path.join(repositoryRoot, 'out', 'host');
export const SAMPLE_FLOWS = path.join(repositoryRoot, 'test', 'fixtures', 'flows');

/** Bundles every test file by itself: the extension host takes CommonJS and resolves no TypeScript. */
export async function compileHostTests(): Promise<void> {
  const sources = readdirSync(HOST_TESTS, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.ts'),
  );
  rmSync(COMPILED, { recursive: true, force: true });
  await build({
    absWorkingDir: repositoryRoot,
    entryPoints: ['test/host/index.ts', ...sources.map((name) => path.join('test', 'host', name))],
    outbase: 'test/host',
    outdir: COMPILED,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    sourcemap: 'inline',
    external: ['vscode', 'mocha', 'undici'],
    supported: { 'dynamic-import': false },
    logLevel: 'warning',
  });
}

/**
 * Runs the suite on a copy of the sample flows. `VSCODE_TEST_DESKTOP=1` downloads a desktop VS Code instead of using
 * the one from npm.
 * @param grep only tests whose title matches
 */
export async function runHostTests(report: string, grep: string | undefined): Promise<number> {
  await compileHostTests();
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-host-'));
  const flows = path.join(folder, 'flows');
  const userData = path.join(folder, 'user-data');
  try {
    cpSync(SAMPLE_FLOWS, flows, { recursive: true });
    mkdirSync(path.join(userData, 'User'), { recursive: true });
    writeFileSync(path.join(userData, 'User', 'settings.json'), JSON.stringify({ 'telemetry.telemetryLevel': 'off' }));
    return await runTests({
      ...(process.env['VSCODE_TEST_DESKTOP'] === undefined
        ? { vscodeExecutablePath: path.join(__dirname, 'vscode', 'launcher.mjs') }
        : {}),
      extensionDevelopmentPath: repositoryRoot,
      extensionTestsPath: path.join(COMPILED, 'index.js'),
      extensionTestsEnv: { TEST_REPORT: report, TEST_GREP: grep, TEST_REPOSITORY: repositoryRoot },
      launchArgs: [flows, `--user-data-dir=${userData}`],
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'Error') console.error(error.message);
    else throw error;
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
