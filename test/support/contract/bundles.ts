/** The SQLite worker and test programs as plain files, built once for each test process: children start quickly. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';

const repository = path.resolve(__dirname, '..', '..', '..');
let built: Promise<string> | null = null;

/** The folder with `worker.js` and `starter.js`. */
export async function bundles(): Promise<string> {
  built ??= (async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-bundles-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    await build({
      absWorkingDir: repository,
      entryPoints: {
        worker: 'src/workspaces/local/sqlite/worker.ts',
        starter: 'test/support/contract/starter.ts',
      },
      outdir: folder,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node22',
      external: ['esbuild'],
      logLevel: 'error',
    });
    return folder;
  })();
  return built;
}

/** A client of its own connection, as a window has it. */
export async function openClient(file: string): Promise<SqliteClient> {
  return new SqliteClient({ file, workerFile: path.join(await bundles(), 'worker.js') });
}
