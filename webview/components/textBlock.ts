/** A text as it was written: selectable, in the tab order so that the keyboard can scroll it, wrapped and bounded. */
import { element } from './dom';

export function textBlock(text: string, labelledBy: string, tone: 'bad' | 'quiet' = 'quiet'): HTMLElement {
  return element(
    'div',
    { class: `text-block tone-${tone}` },
    element('pre', { text, attributes: { tabindex: '0', role: 'region', 'aria-labelledby': labelledBy } }),
  );
}
