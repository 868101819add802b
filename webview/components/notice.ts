/** What happened and why, in a line, with the one action that mends it. */
import type { Tone } from '../../src/views/format';
import { button } from '../toolkit';
import { element, icon } from './dom';

export interface NoticeOptions {
  readonly tone: Tone;
  readonly icon: string;
  readonly title: string;
  readonly text: string;
  readonly more?: readonly (Node | string)[];
  readonly button: HTMLElement | null;
}

export function notice(options: NoticeOptions): HTMLElement {
  return element(
    'div',
    { class: `notice tone-${options.tone}` },
    icon(options.icon),
    element('p', {}, element('strong', { text: options.title }), ' ', options.text, ...(options.more ?? [])),
    options.button,
  );
}

/** Something could not be read; what was shown stays. Nothing where nothing failed. */
export function unread(title: string, message: string | null, onAgain: () => void): readonly HTMLElement[] {
  if (message === null) {
    return [];
  }
  const again = button({ label: 'Try again', look: 'secondary', onPress: onAgain });
  return [notice({ tone: 'warning', icon: 'warning', title, text: message, button: again })];
}
