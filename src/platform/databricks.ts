/** What a Databricks connection needs of the window: settings, tokens, proxy, and a person's word on hosts. */
import { ConfigurationTarget, l10n, ProgressLocation, window, workspace } from 'vscode';
import type { ExtensionContext, Uri } from 'vscode';
import * as z from 'zod/mini';
import type { Administration, SignInProfiles } from '../flows/administration';
import { AcceleratorError } from '../flows/errors';
import { SETTINGS_SECTION } from './contributions';
import type { SettingName } from './contributions';
import type { Log } from './log';
import type { Settings, SettingValue } from './settings';

export type { ExtensionContext } from 'vscode';

/** Where attempts write when the setting is empty: a folder that every user of a workspace may write to. */
const DEFAULT_OUTPUT = '/Workspace/Shared/nifi-converted';
const TOKEN_PREFIX = 'databricks.token:';
/** Hosts with a stored token, since the secret storage cannot be listed. */
const TOKEN_HOSTS_KEY = 'databricks.tokenHosts';
const CONFIRMED_HOSTS_KEY = 'databricks.confirmedHosts';
const hosts = z.array(z.string());

/** The Databricks side of the extension for whoever may not import it: opened when it is needed. */
export interface DatabricksAccess {
  profiles(): Promise<SignInProfiles>;
  cleanHost(text: string): Promise<string>;
  /** A connection with the settings as they are now; the caller disposes of it. */
  open(): Promise<Administration>;
}

/** The settings of the Databricks workspace as they are now. */
export function databricksSettings(settings: Settings): DatabricksSettingValues {
  return {
    host: settings.get('host'),
    profile: settings.get('profile'),
    warehouseHttpPath: settings.get('warehouseHttpPath'),
    catalog: settings.get('catalog'),
    schema: settings.get('schema'),
    flowsTable: settings.get('flowsTable'),
    historyTable: settings.get('historyTable'),
    volumePath: settings.get('volumePath'),
    outputPath: settings.get('outputPath') === '' ? DEFAULT_OUTPUT : settings.get('outputPath'),
    agentNotebookPath: settings.get('agentNotebookPath'),
    compute: settings.get('compute'),
    cluster: settings.get('cluster'),
    jobPermissions: settings.get('jobPermissions'),
    emailOwner: settings.get('emailOwner'),
  };
}

type DatabricksSettingName = Extract<
  SettingName,
  | 'host'
  | 'profile'
  | 'warehouseHttpPath'
  | 'catalog'
  | 'schema'
  | 'flowsTable'
  | 'historyTable'
  | 'volumePath'
  | 'outputPath'
  | 'agentNotebookPath'
  | 'compute'
  | 'cluster'
  | 'jobPermissions'
  | 'emailOwner'
>;
export type DatabricksSettingValues = { readonly [N in DatabricksSettingName]: SettingValue<N> };

/**
 * Where a file of this computer goes below the volume's folder: as it lies in its opened folder, so that the server, the
 * first folder level, stays the same. What lies in no opened folder goes by its name alone.
 */
export function nameInVolume(file: Uri): string {
  if (workspace.getWorkspaceFolder(file) === undefined) {
    return file.path.slice(file.path.lastIndexOf('/') + 1);
  }
  const severalFolders = (workspace.workspaceFolders ?? []).length > 1;
  return workspace.asRelativePath(file, severalFolders).replaceAll('\\', '/');
}

/** The same as a path of the volume. @param folder the setting `volumePath` */
export function pathInVolume(folder: string, file: Uri): string {
  return `${folder.replace(/\/+$/, '')}/${nameInVolume(file)}`;
}

/** Whether somebody has set a setting: what holds is not the manifest's default. */
export function isSet(name: SettingName): boolean {
  const found = workspace.getConfiguration(SETTINGS_SECTION).inspect(name);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].some((value) => value !== undefined);
}

/** Writes a setting where it has its value now: the folder's where the folder has one, otherwise the person's own. */
export async function updateSetting(name: SettingName, value: unknown): Promise<void> {
  const configuration = workspace.getConfiguration(SETTINGS_SECTION);
  const target =
    configuration.inspect(name)?.workspaceValue === undefined
      ? ConfigurationTarget.Global
      : ConfigurationTarget.Workspace;
  await configuration.update(name, value, target);
}

/** Tokens that a person gave, each for one host, in the secret storage of this computer. */
export class TokenStore {
  constructor(private readonly context: Pick<ExtensionContext, 'secrets' | 'globalState'>) {}

  async token(host: string): Promise<string | null> {
    return (await this.context.secrets.get(TOKEN_PREFIX + host)) ?? null;
  }

  async keep(host: string, token: string): Promise<void> {
    await this.context.secrets.store(TOKEN_PREFIX + host, token);
    await this.context.globalState.update(TOKEN_HOSTS_KEY, [...new Set([...this.hosts(), host])]);
  }

  async forget(host: string): Promise<void> {
    await this.context.secrets.delete(TOKEN_PREFIX + host);
    await this.context.globalState.update(
      TOKEN_HOSTS_KEY,
      this.hosts().filter((one) => one !== host),
    );
  }

  hosts(): readonly string[] {
    return readHosts(this.context, TOKEN_HOSTS_KEY);
  }
}

/**
 * Asks once whether a host that an opened folder's settings name may be talked to: a folder must not choose by itself
 * where this person's requests go. Throws `cancelled` where it may not.
 */
export async function confirmHost(context: Pick<ExtensionContext, 'globalState'>): Promise<void> {
  const found = workspace.getConfiguration(SETTINGS_SECTION).inspect<string>('host');
  const host = (found?.workspaceFolderValue ?? found?.workspaceValue ?? '').trim();
  const confirmed = readHosts(context, CONFIRMED_HOSTS_KEY);
  if (host === '' || host === found?.globalValue?.trim() || confirmed.includes(host)) {
    return;
  }
  const go = l10n.t('Connect');
  const answer = await window.showWarningMessage(
    l10n.t('Connect to {0}?', host),
    {
      modal: true,
      detail: l10n.t('The settings of the opened folder name this Databricks workspace. You are asked once.'),
    },
    go,
  );
  if (answer !== go) {
    throw new AcceleratorError('notAvailable', l10n.t('The connection to {0} was not confirmed.', host), {
      mend: 'tryAgain',
    });
  }
  await context.globalState.update(CONFIRMED_HOSTS_KEY, [...confirmed, host]);
}

/** The proxy as VS Code has it. */
export function proxySettings(): { readonly proxy: string; readonly noProxy: readonly string[] } {
  const http = workspace.getConfiguration('http');
  const exceptions = z.safeParse(z.array(z.string()), http.get('noProxy'));
  const proxy = http.get('proxy');
  return {
    proxy: typeof proxy === 'string' && http.get('proxySupport') !== 'off' ? proxy.trim() : '',
    noProxy: exceptions.success ? exceptions.data : [],
  };
}

/** Shows that a warehouse is starting, with a way to stop waiting for it. */
export function warehouseProgress(log: Log): (state: string | null, cancel: () => void) => void {
  let shown: { readonly report: (message: string) => void; readonly end: () => void } | null = null;
  return (state, cancel) => {
    if (state === null) {
      shown?.end();
      shown = null;
      return;
    }
    const message = l10n.t('SQL warehouse: {0}', state.toLowerCase());
    if (shown !== null) {
      shown.report(message);
      return;
    }
    log.info(message);
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    let report: (text: string) => void = () => undefined;
    void window.withProgress(
      { location: ProgressLocation.Notification, title: l10n.t('Starting the SQL warehouse'), cancellable: true },
      async (progress, token) => {
        report = (text) => progress.report({ message: text });
        report(message);
        const subscription = token.onCancellationRequested(cancel);
        await over;
        subscription.dispose();
      },
    );
    shown = { report: (text) => report(text), end };
  };
}

function readHosts(context: Pick<ExtensionContext, 'globalState'>, key: string): readonly string[] {
  const saved = z.safeParse(hosts, context.globalState.get(key));
  return saved.success ? saved.data : [];
}
