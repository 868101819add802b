/** Makes the VSIX in `out/` and holds it to its budget. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import * as z from 'zod';
import { npm, repositoryRoot } from './hostPackage';

const BUDGET_MB = 3;

export const VSIX = path.join(repositoryRoot, 'out', 'nifi-accelerator.vsix');
const IGNORE_FILE = '.vscodeignore';
const manifestSchema = z.looseObject({ dependencies: z.record(z.string(), z.string()) });

/** @returns path of the VSIX; rejects where it is over its budget */
export async function packageExtension(): Promise<string> {
  npm(['run', '--silent', 'build'], repositoryRoot);
  await createVSIX({ cwd: stage(), packagePath: VSIX });
  const size = statSync(VSIX).size / 1024 / 1024;
  console.log(`${path.basename(VSIX)} ${size.toFixed(2)} MB of ${BUDGET_MB} MB`);
  if (size > BUDGET_MB) throw new Error(`The VSIX is ${size.toFixed(2)} MB, its budget ${BUDGET_MB} MB.`);
  return VSIX;
}

/**
 * A folder with the top level of what the ignore file lets through. vsce holds every file that lies beside the manifest
 * against every pattern: with environments of Python and of VS Code among them that takes it twenty seconds.
 */
function stage(): string {
  const folder = path.join(repositoryRoot, 'out', 'package');
  rmSync(folder, { recursive: true, force: true });
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8')));
  const dependencies = Object.keys(manifest.dependencies).map((name) => path.join('node_modules', name));
  for (const entry of [...topLevel(), ...dependencies]) {
    cpSync(path.join(repositoryRoot, entry), path.join(folder, entry), { recursive: true });
  }
  // What is built already would be built again, in a folder without sources.
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, scripts: {} }, null, 2));
  return folder;
}

/** Files and folders of the root of which the ignore file lets something through, and that file. */
function topLevel(): readonly string[] {
  const lines = readFileSync(path.join(repositoryRoot, IGNORE_FILE), 'utf8').matchAll(/^!([^/\n]+)/gm);
  const names = [...lines].map(([, name = '']) => name).filter((name) => name !== 'node_modules');
  const wanted = new RegExp(`^(${names.map((name) => name.replaceAll('.', '\\.').replaceAll('*', '.*')).join('|')})$`);
  return [IGNORE_FILE, ...readdirSync(repositoryRoot).filter((name) => wanted.test(name))];
}
