/** Tokens that a command-line tool of the user's hands out: Databricks CLI and Azure CLI. */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import * as z from 'zod/mini';

import { AcceleratorError, calledOff } from '../../../flows/errors';
import type { CredentialSource, Token } from './credential';
import { hostName, type Host } from './host';

/** A browser login may be behind it, but nobody waits longer than this for a child process. */
const CHILD_TIMEOUT_MS = 60_000;
/** Smaller than this is the old Python CLI's start script, which knows no `auth token`. */
const SMALLEST_CLI_BYTES = 1_000_000;
/** The Azure application of every Azure Databricks workspace. */
const AZURE_DATABRICKS_RESOURCE = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d';

export type RunChild = (file: string, args: readonly string[], signal: AbortSignal) => Promise<string>;

const cliAnswer = z.object({ access_token: z.string(), expiry: z.optional(z.string()) });
const azureAnswer = z.object({
  accessToken: z.string(),
  expires_on: z.optional(z.union([z.number(), z.string()])),
});

/** What a profile name may hold: it becomes an argument of a child process. */
const PROFILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_. @-]*$/;

export interface CliOptions {
  readonly host: Host;
  readonly profile: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly run?: RunChild;
}

/** The Databricks CLI's own session (browser login); `databricks auth login` makes it. */
export function databricksCliSource(options: CliOptions): CredentialSource {
  const { host, profile } = options;
  if (profile !== null && !PROFILE_NAME.test(profile)) {
    throw new AcceleratorError('badSetting', `"${profile}" cannot be a profile's name.`, { mend: 'openSettings' });
  }
  return {
    kind: 'databricksCli',
    host,
    label: profile === null ? 'Databricks CLI' : `Databricks CLI, profile ${profile}`,
    async fetchToken(signal): Promise<Token> {
      const file = await findCli(options.env);
      const args = ['auth', 'token', ...(profile === null ? ['--host', host] : ['--profile', profile])];
      const text = await (options.run ?? runChild)(file, args, signal);
      const answer = parseAnswer(cliAnswer, text, 'Databricks CLI');
      return { value: answer.access_token, expiresAt: date(answer.expiry) };
    },
  };
}

export interface AzureOptions {
  readonly host: Host;
  readonly tenantId: string | null;
  readonly run?: RunChild;
}

/** The Azure CLI's session; only for hosts of Azure Databricks, so that its token goes nowhere else. */
export function azureCliSource(options: AzureOptions): CredentialSource {
  return {
    kind: 'azureCli',
    host: options.host,
    label: 'Azure CLI',
    async fetchToken(signal): Promise<Token> {
      const args = ['account', 'get-access-token', '--resource', AZURE_DATABRICKS_RESOURCE, '--output', 'json'];
      if (options.tenantId !== null) {
        if (!/^[A-Za-z0-9.-]+$/.test(options.tenantId)) {
          throw new AcceleratorError('badSetting', 'The Azure tenant id holds characters that no tenant id has.');
        }
        args.push('--tenant', options.tenantId);
      }
      const text = await (options.run ?? runChild)('az', args, signal);
      const answer = parseAnswer(azureAnswer, text, 'Azure CLI');
      // `expiresOn` is local time without a zone; only `expires_on` (epoch seconds) can be trusted.
      const seconds = Number(answer.expires_on);
      return {
        value: answer.accessToken,
        expiresAt: Number.isFinite(seconds) && seconds > 0 ? new Date(seconds * 1000) : null,
      };
    },
  };
}

export function isAzureHost(host: Host): boolean {
  return /\.azuredatabricks\.(net|us|cn)$|\.databricks\.azure\.(us|cn)$/.test(hostName(host));
}

/** @throws AcceleratorError `notSignedIn` where no CLI is found, or only the old Python one. */
async function findCli(env: NodeJS.ProcessEnv): Promise<string> {
  const named = env['DATABRICKS_CLI_PATH'];
  const names = process.platform === 'win32' ? ['databricks.exe'] : ['databricks'];
  const candidates =
    named !== undefined && named !== ''
      ? [named]
      : (env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  let old = false;
  for (const candidate of candidates) {
    try {
      const info = await stat(candidate);
      if (info.isFile() && info.size >= SMALLEST_CLI_BYTES) {
        return candidate;
      }
      old ||= info.isFile();
    } catch {
      // not in this folder
    }
  }
  throw new AcceleratorError(
    'notSignedIn',
    old
      ? 'The Databricks CLI on this computer is the old one, which cannot hand out tokens. Install version 0.207.1 or later.'
      : 'The Databricks CLI was not found on this computer.',
    { mend: 'signIn' },
  );
}

/** Runs without a shell, but for `az`, which is a command script on Windows (its arguments are fixed or checked). */
const runChild: RunChild = (file, args, signal) =>
  new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && file === 'az';
    execFile(
      file,
      args,
      { signal, timeout: CHILD_TIMEOUT_MS, windowsHide: true, maxBuffer: 1_000_000, shell },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
        } else if (signal.aborted) {
          reject(calledOff(signal, 'Signing in'));
        } else if (error.killed === true) {
          reject(
            new AcceleratorError('timedOut', `${file} gave no token within ${CHILD_TIMEOUT_MS / 1000} seconds.`, {
              mend: 'signIn',
            }),
          );
        } else {
          // Standard output may hold a token, so only the error stream's first line is quoted; no `cause`, which
          // would carry both along.
          const line = stderr.trim().split('\n')[0]?.slice(0, 300) ?? '';
          reject(
            new AcceleratorError(
              'notSignedIn',
              `${file === 'az' ? 'The Azure CLI' : 'The Databricks CLI'} gave no token${line === '' ? '' : `: ${line}`}.`,
              { mend: 'signIn' },
            ),
          );
        }
      },
    );
  });

function parseAnswer<T>(schema: z.ZodMiniType<T>, text: string, tool: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new AcceleratorError('notSignedIn', `The ${tool} answered with something that is no token.`, {
      mend: 'signIn',
    });
  }
}

function date(text: string | undefined): Date | null {
  const parsed = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(parsed) ? null : new Date(parsed);
}
