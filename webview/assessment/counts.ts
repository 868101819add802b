/** A list of names with how often each was found, as figures and as bars. */
import type { Counted } from '../../src/views/assessment/protocol';
import { element } from '../components/dom';

/** What fits beside a name. */
const SHORT = 24;

export function counts(title: string, what: string, rows: readonly Counted[]): HTMLElement | null {
  if (rows.length === 0) {
    return null;
  }
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const list = element('ul', { class: 'counts' });
  for (const { name, count, more } of rows) {
    const short = more.length <= SHORT;
    const bar = element('span', { class: 'count-bar', attributes: { 'aria-hidden': 'true' } });
    bar.style.setProperty('width', `${(100 * count) / most}%`);
    list.append(
      element(
        'li',
        {},
        element(
          'span',
          { class: 'count-name' },
          name,
          short && more !== '' ? element('span', { class: 'secondary', text: more }) : null,
        ),
        element('span', { class: 'count-track' }, bar),
        element('span', { class: 'figures' }, String(count), element('span', { class: 'spoken', text: ` ${what}` })),
        short ? null : element('span', { class: 'count-more secondary', text: more }),
      ),
    );
  }
  return element('section', {}, element('div', { class: 'section-bar' }, element('h2', { text: title })), list);
}
