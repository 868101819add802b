/** Makes the VSIX in `dist/` and holds it to its budget. vsce builds first (`vscode:prepublish`). */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { repositoryRoot } from './hostPackage';

const BUDGET_MB = 3;

export const VSIX = path.join(repositoryRoot, 'out', 'nifi-accelerator.vsix');

/** @returns path of the VSIX; rejects where it is over its budget */
export async function packageExtension(): Promise<string> {
  mkdirSync(path.dirname(VSIX), { recursive: true });
  await createVSIX({ cwd: repositoryRoot, packagePath: VSIX });
  const size = statSync(VSIX).size / 1024 / 1024;
  console.log(`${path.basename(VSIX)} ${size.toFixed(2)} MB of ${BUDGET_MB} MB`);
  if (size > BUDGET_MB) throw new Error(`The VSIX is ${size.toFixed(2)} MB, its budget ${BUDGET_MB} MB.`);
  return VSIX;
}
