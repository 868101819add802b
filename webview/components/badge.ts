/** A status as icon, words and a light tint. Colour repeats what is said, and is never alone. */
import type { Look } from '../../src/views/format';
import { element, icon } from './dom';

export function badge(look: Look): HTMLElement {
  const made = element('span');
  setBadge(made, look);
  return made;
}

/** Changes a badge in place. */
export function setBadge(host: HTMLElement, look: Look): void {
  const className = `badge tone-${look.tone}`;
  if (host.className === className && host.dataset['label'] === look.label) {
    return;
  }
  host.className = className;
  host.dataset['label'] = look.label;
  host.replaceChildren(icon(look.icon, look.spin), element('span', { text: look.label }));
}
