/**
 * Whatever opens SQLite outside VS Code needs a Node that has `node:sqlite` without a flag (22.13 and newer). On Linux
 * npm brings Node 24 with the test host; elsewhere the Node at hand must do.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureHostPackage, hostModules } from './hostPackage';

/** Path of a Node that can open SQLite. Rejects with one plain line where there is none. */
export async function sqliteNode(): Promise<string> {
  if (hasSqlite(process.versions.node)) return process.execPath;
  if (process.platform === 'linux') {
    await ensureHostPackage();
    const binary = path.join(hostModules, `node-linux-${process.arch}`, 'bin', 'node');
    if (existsSync(binary)) return binary;
  }
  throw new Error(
    `Node ${process.versions.node} cannot open SQLite: install Node 22.13 or newer (Node 24 is the current LTS).`,
  );
}

/** Whether `node:sqlite` is there without a flag. */
export function hasSqlite(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 ? !(major === 23 && minor < 4) : major === 22 && minor >= 13;
}
