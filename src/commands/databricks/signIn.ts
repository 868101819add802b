/** Signing in to Databricks and out again: a profile that is there, or a token that is kept for one host. */
import { ConfigurationTarget, l10n, ThemeIcon, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { SignInState } from '../../flows/administration';
import { AcceleratorError } from '../../flows/errors';
import { SETTINGS_SECTION } from '../../platform/contributions';
import type { SettingName } from '../../platform/contributions';
import { updateSetting } from '../../platform/databricks';
import { withLateProgress } from '../../platform/progress';
import { formatRelative } from '../../views/format';
import { withAdministration } from './administration';
import type { CommandServices } from '../services';

interface WayIn extends QuickPickItem {
  readonly use: () => Promise<void>;
  /** Takes back what `use` kept, where it does not work. */
  readonly undo?: () => Promise<void>;
}

/** Asks how to sign in, keeps the choice, and tries it. Throws `cancelled` where nothing was picked. */
export async function signIn(services: CommandServices, signal: AbortSignal): Promise<SignInState> {
  const ways = await waysIn(services);
  const way = await window.showQuickPick(ways, {
    title: l10n.t('Sign In to Databricks'),
    placeHolder: l10n.t('Choose how to sign in'),
    matchOnDescription: true,
  });
  if (way === undefined) {
    throw new AcceleratorError('cancelled', 'No way to sign in was picked.');
  }
  await way.use();
  const state = await whoAmI(services, signal).catch(async (error: unknown) => {
    if (AcceleratorError.is(error, 'notSignedIn')) {
      await way.undo?.();
    }
    throw error;
  });
  services.notifier.info(
    state.expiresAt === null
      ? l10n.t('Signed in to {0} as {1} by {2}.', state.host, state.user, state.source)
      : l10n.t(
          'Signed in to {0} as {1} by {2}; the token ends {3} and is renewed by itself.',
          state.host,
          state.user,
          state.source,
          formatRelative(state.expiresAt, new Date()),
        ),
  );
  if (services.settings.get('runsOn') === 'databricks') {
    services.sessions.reopen();
  }
  return state;
}

/** Who is signed in with the settings as they are. */
export async function whoAmI({ databricks }: CommandServices, signal: AbortSignal): Promise<SignInState> {
  return withLateProgress(l10n.t('Signing in to Databricks'), signal, (_report, cancelled) =>
    withAdministration({ databricks }, (administration) => administration.signIn(cancelled)),
  );
}

async function waysIn({ databricks, settings, tokens }: CommandServices): Promise<readonly WayIn[]> {
  const { path, profiles, skipped } = await databricks.profiles();
  const now = settings.get('profile');
  const items: WayIn[] = profiles.map(({ name, host, isDefault }) => ({
    label: name,
    description: name === now ? l10n.t('{0}, now', host) : isDefault ? l10n.t('{0}, the default profile', host) : host,
    iconPath: new ThemeIcon('account'),
    use: () => useProfile(name),
  }));
  for (const { name, why } of skipped) {
    items.push({
      label: name,
      description: l10n.t('cannot be used: {0}', why),
      iconPath: new ThemeIcon('warning'),
      use: () =>
        Promise.reject(
          new AcceleratorError('notSignedIn', l10n.t('The profile {0} cannot be used: {1}. See {2}.', name, why, path)),
        ),
    });
  }
  const environmentHost = process.env['DATABRICKS_HOST'] ?? '';
  if (environmentHost !== '') {
    items.push({
      label: l10n.t('Environment'),
      description: environmentHost,
      iconPath: new ThemeIcon('terminal'),
      use: async () => {
        await useProfile('');
        await updateSetting('host', await databricks.cleanHost(environmentHost));
      },
    });
  }
  let entered: string | null = null;
  items.push({
    label: l10n.t('Enter a Token…'),
    description: l10n.t('kept in the secret storage of this computer, for one workspace'),
    iconPath: new ThemeIcon('key'),
    use: async () => {
      const host = await askHost(databricks.cleanHost.bind(databricks), settings.get('host'));
      const token = await window.showInputBox({
        title: l10n.t('Token for {0}', host),
        prompt: l10n.t('A personal access token: in Databricks under Settings, Developer, Access tokens.'),
        password: true,
        ignoreFocusOut: true,
      });
      if (token === undefined || token.trim() === '') {
        throw new AcceleratorError('cancelled', 'No token was given.');
      }
      await tokens.keep(host, token.trim());
      entered = host;
      await useProfile('');
      await updateSetting('host', host);
    },
    // A token that is refused would only stand in the way of others.
    undo: async () => {
      if (entered !== null) {
        await tokens.forget(entered);
      }
    },
  });
  items.push({
    label: l10n.t('Databricks CLI or Azure CLI…'),
    description: l10n.t('uses a sign-in that is already there'),
    iconPath: new ThemeIcon('browser'),
    use: async () => {
      const host = await askHost(databricks.cleanHost.bind(databricks), settings.get('host'));
      await useProfile('');
      await updateSetting('host', host);
    },
  });
  return items;
}

/** The profile's setting is this computer's alone. */
async function useProfile(name: string): Promise<void> {
  await workspace
    .getConfiguration(SETTINGS_SECTION)
    .update('profile' satisfies SettingName, name === '' ? undefined : name, ConfigurationTarget.Global);
  if (name !== '') {
    // A profile brings its host; another one in the settings would only contradict it.
    await updateSetting('host', undefined);
  }
}

async function askHost(clean: (text: string) => Promise<string>, now: string): Promise<string> {
  const text = await window.showInputBox({
    title: l10n.t('Databricks Workspace'),
    prompt: l10n.t("The address in the browser's address bar when you have the workspace open."),
    value: now,
    ignoreFocusOut: true,
    validateInput: async (value) => {
      try {
        await clean(value);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : l10n.t('This is no address.');
      }
    },
  });
  if (text === undefined) {
    throw new AcceleratorError('cancelled', 'No host was given.');
  }
  return clean(text);
}

/** Forgets a token that was kept here. */
export async function signOut({ tokens, sessions, notifier, settings }: CommandServices): Promise<void> {
  const hosts = tokens.hosts();
  if (hosts.length === 0) {
    notifier.info(l10n.t('No token is kept here. Profiles and command-line tools keep their own sign-ins.'));
    return;
  }
  const host =
    hosts.length === 1
      ? hosts[0]
      : await window.showQuickPick([...hosts], { title: l10n.t('Forget the Token of Which Workspace?') });
  if (host === undefined) {
    return;
  }
  await tokens.forget(host);
  notifier.info(l10n.t('The token for {0} was forgotten. Revoke it in Databricks if nothing else uses it.', host));
  if (settings.get('runsOn') === 'databricks') {
    sessions.reopen();
  }
}
