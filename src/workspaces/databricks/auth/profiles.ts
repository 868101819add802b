import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'ini';

import { AcceleratorError } from '../../../flows/errors';
import { parseHost, type Host } from './host';

/** One section of the profile file, as far as this product understands it. Secrets stay in this process. */
export interface Profile {
  readonly name: string;
  readonly host: Host;
  readonly token: string | null;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly authType: string | null;
  readonly azureTenantId: string | null;
  readonly isDefault: boolean;
}

export interface ProfileFile {
  readonly path: string;
  readonly profiles: readonly Profile[];
  /** Sections that cannot be used, with the reason: shown, so that nobody wonders where a profile went. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

/** `[__settings__]` is the CLI's own and no profile. */
const SETTINGS_SECTION = '__settings__';

export function profileFilePath(env: NodeJS.ProcessEnv): string {
  const named = env['DATABRICKS_CONFIG_FILE'];
  return named !== undefined && named !== '' ? named : join(homedir(), '.databrickscfg');
}

/** Reads the profile file; a missing file has no profiles. Values of `DEFAULT` do not flow into other sections. */
export async function readProfiles(env: NodeJS.ProcessEnv): Promise<ProfileFile> {
  const path = profileFilePath(env);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      return { path, profiles: [], skipped: [] };
    }
    throw new AcceleratorError('notSignedIn', `The Databricks profile file ${path} cannot be read.`, {
      mend: 'signIn',
      cause,
    });
  }
  return { path, ...parseProfiles(text) };
}

/** @param text content of a profile file */
export function parseProfiles(text: string): Omit<ProfileFile, 'path'> {
  // A dot in a section's name means nesting to the parser; for profiles it is a plain character.
  const escaped = text.replace(/^\s*\[([^\]]+)\]/gm, (_all, name: string) => `[${name.replaceAll('.', '\\.')}]`);
  const document: Record<string, unknown> = parse(escaped);
  const settings = section(document[SETTINGS_SECTION]);
  const defaultName = settings?.get('default_profile') ?? 'DEFAULT';
  const profiles: Profile[] = [];
  const skipped: { name: string; why: string }[] = [];
  for (const [name, content] of Object.entries(document)) {
    const values = section(content);
    if (name === SETTINGS_SECTION || values === null) {
      continue;
    }
    const host = values.get('host');
    if (host === undefined) {
      skipped.push({ name, why: 'it names no host' });
      continue;
    }
    try {
      profiles.push({
        name,
        host: parseHost(host),
        token: values.get('token') ?? null,
        clientId: values.get('client_id') ?? null,
        clientSecret: values.get('client_secret') ?? null,
        authType: values.get('auth_type') ?? null,
        azureTenantId: values.get('azure_tenant_id') ?? null,
        isDefault: name === defaultName,
      });
    } catch (error) {
      skipped.push({ name, why: error instanceof Error ? error.message : 'its host cannot be read' });
    }
  }
  return { profiles, skipped };
}

function section(content: unknown): ReadonlyMap<string, string> | null {
  if (typeof content !== 'object' || content === null) {
    return null;
  }
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(content)) {
    if (typeof value === 'string' && value !== '') {
      values.set(key, value);
    } else if (typeof value === 'boolean' || typeof value === 'number') {
      values.set(key, String(value));
    }
  }
  return values;
}
