/** The questions of the guided set-up. */
import { l10n, ThemeIcon } from 'vscode';
import * as z from 'zod/mini';
import type { Administration, SignInState } from '../../flows/administration';
import { AcceleratorError } from '../../flows/errors';
import { updateSetting } from '../../platform/databricks';
import type { CommandServices } from '../services';
import { pickCompute } from './compute';
import { signIn, whoAmI } from './signIn';
import { ask, askName, BACK, choicesOf, newChoice, type Back, type Choice, type Question } from './steps';

const DEFAULT_VOLUME = 'nifi';

const draftSchema = z.object({ warehouse: z.string(), catalog: z.string(), schema: z.string(), volume: z.string() });
/** What was chosen so far; kept when a set-up is left, so that the next one begins with it, also in another window. */
type Draft = z.infer<typeof draftSchema>;
const DRAFT_KEY = 'setUp.choices';

/** Asks for sign-in, warehouse, catalog, schema, volume and compute; each shows what holds now first. */
export async function choosePlace(services: CommandServices, signal: AbortSignal): Promise<void> {
  const { settings, state } = services;
  const left = z.safeParse(draftSchema, state.get(DRAFT_KEY));
  const draft: Draft = left.success
    ? left.data
    : {
        warehouse: settings.get('warehouseHttpPath'),
        catalog: settings.get('catalog'),
        schema: settings.get('schema'),
        volume: settings.get('volumePath'),
      };
  let administration: Administration | null = null;
  const open = async (): Promise<Administration> => (administration ??= await services.databricks.open());
  const steps: readonly ((about: Pick<Question, 'step' | 'canGoBack'>) => Promise<Back | undefined>)[] = [
    async (about) => {
      administration?.dispose();
      administration = null;
      return chooseSignIn(services, about, signal);
    },
    async (about) => {
      const choices = open().then((one) => one.warehouses(signal));
      const picked = await ask({
        ...about,
        title: l10n.t('SQL Warehouse'),
        placeholder: l10n.t('Keeps the tables. It starts when they are read, and stops by itself'),
        choices: choices.then((options) => choicesOf(options, draft.warehouse)),
      });
      if (picked === BACK) return BACK;
      draft.warehouse = picked.value ?? '';
      return undefined;
    },
    async (about) => {
      const choices = open().then((one) => one.catalogs(signal));
      const picked = await ask({
        ...about,
        title: l10n.t('Catalog'),
        placeholder: l10n.t('Where the two tables lie'),
        choices: choices.then((options) => choicesOf(options, draft.catalog)),
      });
      if (picked === BACK) return BACK;
      draft.catalog = picked.value ?? '';
      return undefined;
    },
    async (about) => {
      const choices = open().then((one) => one.schemas(draft.catalog, signal));
      const picked = await pickOrName(
        {
          ...about,
          title: l10n.t('Schema'),
          placeholder: l10n.t('Where the two tables lie in {0}', draft.catalog),
          choices: choices.then((options) => choicesOf(options, draft.schema)),
        },
        l10n.t('New Schema…'),
      );
      if (picked === BACK) return BACK;
      draft.schema = picked;
      return undefined;
    },
    async (about) => {
      const choices = open().then(async (one) => {
        const known = await one.schemas(draft.catalog, signal);
        return known.some(({ value }) => value === draft.schema)
          ? one.volumes(draft.catalog, draft.schema, signal)
          : [];
      });
      const picked = await pickOrName(
        {
          ...about,
          title: l10n.t('Volume With the NiFi Flows'),
          placeholder: l10n.t('Flow files are looked for in it, and copied to it from this computer'),
          choices: choices.then((options) => choicesOf(options, draft.volume)),
        },
        l10n.t('New Volume…'),
        DEFAULT_VOLUME,
      );
      if (picked === BACK) return BACK;
      draft.volume = picked.startsWith('/') ? picked : ['', 'Volumes', draft.catalog, draft.schema, picked].join('/');
      return undefined;
    },
    async (about) => pickCompute(services, await open(), about, signal),
  ];
  try {
    for (let at = 0; at < steps.length;) {
      const answer = await steps[at]?.({ step: { number: at + 1, of: steps.length }, canGoBack: at > 0 });
      at += answer === BACK ? -1 : 1;
      await state.update(DRAFT_KEY, draft);
    }
  } finally {
    // Assigned by the steps, which the compiler does not follow.
    (administration as Administration | null)?.dispose();
  }
  await updateSetting('warehouseHttpPath', draft.warehouse);
  await updateSetting('catalog', draft.catalog);
  await updateSetting('schema', draft.schema);
  await updateSetting('volumePath', draft.volume);
  await state.update(DRAFT_KEY, undefined);
}

/** Which workspace, and as whom: what holds now, or another. Who is not signed in is asked how at once. */
async function chooseSignIn(
  services: CommandServices,
  about: Pick<Question, 'step' | 'canGoBack'>,
  signal: AbortSignal,
): Promise<undefined> {
  let now: SignInState;
  try {
    now = await whoAmI(services, signal);
  } catch (error) {
    if (!AcceleratorError.is(error, 'notSignedIn')) {
      throw error;
    }
    services.log.info(`Asking how to sign in: ${error.message}`);
    await signIn(services, signal);
    return undefined;
  }
  const keep: Choice = {
    label: now.host.replace(/^https:\/\//, ''),
    description: l10n.t('now'),
    detail: l10n.t('as {0}, by {1}', now.user, now.source),
    iconPath: new ThemeIcon('cloud'),
    value: now.host,
  };
  const other: Choice = {
    label: l10n.t('Another Workspace or Sign-In…'),
    iconPath: new ThemeIcon('account'),
    value: null,
  };
  const picked = await ask({
    ...about,
    title: l10n.t('Databricks Workspace'),
    placeholder: l10n.t('The workspace to set up'),
    choices: Promise.resolve([keep, other]),
  });
  if (picked === other) {
    await signIn(services, signal);
  }
  return undefined;
}

/** Asks for one of what is there, or for a name for a new one. */
async function pickOrName(question: Question, newTitle: string, suggestion = ''): Promise<string | Back> {
  const choices = question.choices.then((found) => [...found, newChoice(newTitle)]);
  for (;;) {
    const picked = await ask({ ...question, choices });
    if (picked === BACK) return BACK;
    if (picked.value !== null) return picked.value;
    const name = await askName(newTitle, suggestion);
    if (name !== BACK) return name;
  }
}
