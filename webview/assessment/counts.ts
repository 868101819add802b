/** A list of names with how often each was found. */
import type { Counted } from '../../src/views/assessment/protocol';
import { element } from '../components/dom';

export function counts(title: string, what: string, rows: readonly Counted[]): HTMLElement | null {
  if (rows.length === 0) {
    return null;
  }
  const list = element('dl', { class: 'counts' });
  for (const { name, count, more } of rows) {
    list.append(
      element('dt', { text: name }),
      element(
        'dd',
        {},
        element('span', { class: 'figures', text: String(count) }),
        element('span', { class: 'spoken', text: ` ${what}` }),
        element('span', { class: 'secondary', text: more }),
      ),
    );
  }
  return element('section', {}, element('div', { class: 'section-bar' }, element('h2', { text: title })), list);
}
