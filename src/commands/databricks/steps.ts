/** Questions in a row, each a pick list with a way back: what a list holds is looked up while it is shown. */
import { l10n, QuickInputButtons, ThemeIcon, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { Option } from '../../flows/administration';
import { AcceleratorError } from '../../flows/errors';

export interface Choice extends QuickPickItem {
  /** Null: something that is asked for next, as a new name. */
  readonly value: string | null;
}

export const BACK = Symbol('back');
export type Back = typeof BACK;

export interface Question {
  readonly title: string;
  /** What is chosen, and why it matters. */
  readonly placeholder: string;
  readonly choices: Promise<readonly Choice[]>;
  /** Which of how many; null: it stands alone. */
  readonly step: { readonly number: number; readonly of: number } | null;
  readonly canGoBack: boolean;
}

/** Offered options, the one that holds now first. */
export function choicesOf(options: readonly Option[], now: string): readonly Choice[] {
  return options
    .map((option) => ({
      label: option.label,
      description: option.value === now ? l10n.t('now') : '',
      detail: option.detail,
      value: option.value,
    }))
    .sort((a, b) => Number(b.value === now) - Number(a.value === now));
}

/** An entry that leads on to a name of one's own. */
export function newChoice(label: string): Choice {
  return { label, iconPath: new ThemeIcon('add'), value: null };
}

/**
 * Asks one question.
 * @throws AcceleratorError `cancelled` where it is left, `notFound` where there is nothing to choose, and what the
 *   look-up rejects with
 */
export function ask(question: Question): Promise<Choice | Back> {
  const { title, placeholder, choices, step, canGoBack } = question;
  const list = window.createQuickPick<Choice>();
  const parts: { dispose(): unknown }[] = [list];
  list.title = step === null ? title : l10n.t('Set Up: {0}', title);
  list.placeholder = l10n.t('Looking at the workspace…');
  list.step = step?.number;
  list.totalSteps = step?.of;
  list.ignoreFocusOut = true;
  list.matchOnDetail = true;
  list.busy = true;
  list.buttons = canGoBack ? [QuickInputButtons.Back] : [];
  const answer = new Promise<Choice | Back>((resolve, reject) => {
    parts.push(
      list.onDidTriggerButton(() => resolve(BACK)),
      list.onDidAccept(() => {
        const [picked] = list.selectedItems;
        if (picked !== undefined) {
          resolve(picked);
        }
      }),
      list.onDidHide(() => reject(new AcceleratorError('cancelled', `Left at: ${title}`))),
    );
    choices.then((found) => {
      if (found.length === 0) {
        reject(
          new AcceleratorError('notFound', l10n.t('{0}: you can see none in this workspace.', title), {
            mend: 'checkConnection',
          }),
        );
        return;
      }
      list.items = found;
      list.placeholder = placeholder;
      list.busy = false;
    }, reject);
  });
  list.show();
  return answer.finally(() => parts.forEach((part) => void part.dispose()));
}

/** Asks for a new name; undefined text means: back to the list. */
export async function askName(title: string, suggestion: string): Promise<string | Back> {
  const name = await window.showInputBox({
    title: title.replace(/…$/, ''),
    value: suggestion,
    ignoreFocusOut: true,
    validateInput: (text) =>
      IDENTIFIER.test(text) ? undefined : l10n.t('Letters, digits, _ and -, with a letter or _ first.'),
  });
  return name ?? BACK;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;
