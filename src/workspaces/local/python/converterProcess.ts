/** What the editor needs to ask the converter something: the same Python that runs conversions here. */
import { join } from 'node:path';
import type { ConverterProcess } from '../../../nifi/converter/runConverter';
import { agentEnvironment } from '../runs/environment';
import { findPython } from './findPython';

export interface ConverterOptions {
  readonly extensionPath: string;
  readonly storagePath: string;
  /** The setting; empty: search. */
  readonly pythonPath: string;
  readonly pythonCandidates: () => Promise<readonly string[]>;
}

/**
 * Finds Python and says how the shipped converter is run with it.
 *
 * @throws AcceleratorError pythonMissing or pythonTooOld
 */
export async function converterProcess(options: ConverterOptions, signal: AbortSignal): Promise<ConverterProcess> {
  const configured = options.pythonPath.trim();
  const candidates = configured === '' ? await options.pythonCandidates() : [];
  const python = await findPython(
    { configured, candidates, environment: process.env, platform: process.platform },
    signal,
  );
  return {
    python: python.path,
    packagePath: join(options.extensionPath, 'notebooks'),
    environment: agentEnvironment(process.env),
    cachePath: join(options.storagePath, 'pycache'),
  };
}
