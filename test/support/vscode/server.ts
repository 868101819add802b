/**
 * Starts the VS Code server that the npm package code-server carries (the server itself, without code-server's own
 * wrapper, login or gallery) on a free port of this machine.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureHostPackage, hostModules } from '../hostPackage';

const SERVER_START_TIMEOUT_MS = 60_000;
const SERVER_STOP_TIMEOUT_MS = 5_000;

/** User settings that keep the workbench still: nothing opens, moves or asks by itself. */
export const QUIET_SETTINGS: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'chat.titleBar.openInAgentsWindow.enabled': false,
  'chat.titleBar.signIn.enabled': false,
  'editor.cursorBlinking': 'solid',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.layoutControl.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.experimentalOnboarding': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

export interface ServerOptions {
  /** User settings beside `QUIET_SETTINGS`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** VSIX files to install. */
  readonly vsix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Lets the page hear of the end of an extension test run. */
  readonly testDriver?: boolean;
  /** The port to listen on; any free one without it. */
  readonly port?: number;
  /** Data of a former server to go on with (settings, storage, extensions); it is kept at the stop. */
  readonly dataFolder?: string;
  /** Where VS Code asks whether the folder is trusted. */
  readonly workspaceTrust?: boolean;
}

export interface PageTarget {
  /** A folder or a `.code-workspace` file; without it an empty window. */
  readonly open?: string | undefined;
  readonly extensionDevelopmentPath?: readonly string[] | undefined;
  readonly extensionTestsPath?: string | undefined;
}

export interface VsCodeServer {
  readonly dataFolder: string;
  readonly pid: number;
  /** Where a browser opens this workbench. */
  url(target: PageTarget): string;
  /** Writes the user settings anew; open windows take them over. */
  useSettings(settings: Readonly<Record<string, unknown>>): void;
  /** What the server has printed. */
  log(): string;
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions = {}): Promise<VsCodeServer> {
  await ensureHostPackage();
  linkModules();
  const dataFolder = options.dataFolder ?? mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-vscode-'));
  const userFolder = path.join(dataFolder, 'data', 'User');
  mkdirSync(userFolder, { recursive: true });
  const useSettings = (more: Readonly<Record<string, unknown>>): void => {
    const settings = {
      ...QUIET_SETTINGS,
      'security.workspace.trust.enabled': options.workspaceTrust === true,
      ...options.settings,
      ...more,
    };
    writeFileSync(path.join(userFolder, 'settings.json'), JSON.stringify(settings, null, 2));
  };
  useSettings({});
  const folders = ['--server-data-dir', dataFolder, '--extensions-dir', path.join(dataFolder, 'extensions')];
  for (const file of options.vsix ?? []) await runToEnd([...folders, '--install-extension', file, '--force']);

  // Whoever reaches the port runs programs as the user: only pages that know the token may.
  const token = randomUUID();
  const child = spawnServer(
    [
      ...folders,
      ...['--host', '127.0.0.1', '--port', String(options.port ?? 0), '--connection-token', token],
      ...['--telemetry-level', 'off', '--disable-update-check'],
      ...(options.workspaceTrust === true ? [] : ['--disable-workspace-trust']),
      ...(options.testDriver === true ? ['--enable-smoke-test-driver'] : []),
    ],
    options.env,
  );
  let log = '';
  const listen = (chunk: Buffer): void => void (log += chunk.toString());
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const end = (signal: NodeJS.Signals): void => endGroup(child, signal);
  const lastResort = (): void => end('SIGKILL');
  process.once('exit', lastResort);
  const port = await listeningPort(child, () => log);
  const authority = `127.0.0.1:${port}`;
  return {
    dataFolder,
    pid: child.pid ?? -1,
    log: () => log,
    useSettings,
    url: (target) => pageUrl(authority, token, target),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        end('SIGTERM');
        const impatience = setTimeout(() => end('SIGKILL'), SERVER_STOP_TIMEOUT_MS);
        await gone;
        clearTimeout(impatience);
      }
      end('SIGKILL'); // the extension hosts and watchers of its group
      process.removeListener('exit', lastResort);
      if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function pageUrl(authority: string, token: string, target: PageTarget): string {
  const url = new URL(`http://${authority}/`);
  url.searchParams.set('tkn', token);
  const remote = (file: string): string => `vscode-remote://${authority}${path.resolve(file)}`;
  if (target.open === undefined) url.searchParams.set('ew', 'true');
  else
    url.searchParams.set(target.open.endsWith('.code-workspace') ? 'workspace' : 'folder', path.resolve(target.open));
  const payload: [string, string][] = (target.extensionDevelopmentPath ?? []).map((folder) => [
    'extensionDevelopmentPath',
    remote(folder),
  ]);
  if (target.extensionTestsPath !== undefined) payload.push(['extensionTestsPath', remote(target.extensionTestsPath)]);
  if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

/** VS Code's own Node (24): from npm on Linux, otherwise the Node that runs us. */
function serverNode(): string {
  const packed = path.join(hostModules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packed)) return packed;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(
    'VS Code in the browser needs Node 24: run this with Node 24 or install the desktop VS Code ("code").',
  );
}

const codeFolder = (): string => path.join(hostModules, 'code-server', 'lib', 'vscode');

function spawnServer(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const main = path.join(codeFolder(), 'out', 'server-main.js');
  return spawn(serverNode(), [main, '--accept-server-license-terms', ...args], {
    // An empty gallery: nothing is asked of a marketplace.
    env: { ...process.env, EXTENSIONS_GALLERY: '{}', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a stop ends the extension hosts and the watchers too.
    detached: true,
  });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

async function runToEnd(args: readonly string[]): Promise<void> {
  const child = spawnServer(args);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The VS Code server ended with ${code} on ${args.join(' ')}:\n${output}`);
}

async function listeningPort(child: ChildProcess, log: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}:\n${log()}`));
    const timer = setTimeout(() => {
      endGroup(child, 'SIGKILL');
      fail(`The VS Code server did not listen within ${SERVER_START_TIMEOUT_MS / 1000} s`);
    }, SERVER_START_TIMEOUT_MS);
    child.stdout?.on('data', () => {
      const port = /Extension host agent listening on (\d+)/.exec(log())?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`The VS Code server ended with ${code}`);
    });
  });
}

/** The server looks for its packages inside its own folder; ours lie beside code-server. */
function linkModules(): void {
  const link = path.join(codeFolder(), 'node_modules');
  if (existsSync(link)) return;
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link, { force: true });
  try {
    symlinkSync(path.relative(codeFolder(), hostModules), link, 'dir');
  } catch (error) {
    // Another script made it a moment ago.
    if (!existsSync(link)) throw error;
  }
}
