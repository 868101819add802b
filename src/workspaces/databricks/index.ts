/** What the Databricks workspace's bundle hands out; everything in it is loaded with the first use. */
import type { Administration, SignInProfiles } from '../../flows/administration';
import { DatabricksAdministration } from './administration';
import { parseHost } from './auth/host';
import { readProfiles } from './auth/profiles';
import { DatabricksWorkspace, type DatabricksWorkspaceOptions } from './databricksWorkspace';

export type { DatabricksWorkspaceOptions } from './databricksWorkspace';

export function createDatabricksWorkspace(options: DatabricksWorkspaceOptions): Promise<DatabricksWorkspace> {
  return DatabricksWorkspace.open(options);
}

/** A connection of its own, which works where the workspace itself cannot open yet. */
export async function openAdministration(
  options: DatabricksWorkspaceOptions & { readonly extensionPath: string },
): Promise<Administration> {
  return new DatabricksAdministration(await DatabricksWorkspace.open(options), options);
}

/** The profiles of the configuration file, without their secrets. */
export async function signInProfiles(env: NodeJS.ProcessEnv): Promise<SignInProfiles> {
  const { path, profiles, skipped } = await readProfiles(env);
  return { path, skipped, profiles: profiles.map(({ name, host, isDefault }) => ({ name, host, isDefault })) };
}

/** A host as it is compared and kept: `https://name[:port]`. @throws AcceleratorError `badSetting` */
export function cleanHost(text: string): string {
  return parseHost(text);
}
