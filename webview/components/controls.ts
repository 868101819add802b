/** Native controls in the theme's colours, each named by its own label. */
import { element } from './dom';

export function checkbox(
  label: string,
  onChange: (checked: boolean) => void,
): HTMLElement & { readonly input: HTMLInputElement } {
  const input = element('input', { attributes: { type: 'checkbox' } });
  input.addEventListener('change', () => onChange(input.checked));
  return Object.assign(element('label', { class: 'check' }, input, label), { input });
}

/** A field that filters while it is typed in. */
export function searchField(label: string, onInput: (text: string) => void): HTMLInputElement {
  const field = element('input', {
    class: 'field',
    attributes: { type: 'search', 'aria-label': label, placeholder: label, spellcheck: 'false' },
  });
  field.addEventListener('input', () => onInput(field.value));
  return field;
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** A choice of one; the label is for assistive technology, since the options say what they are. */
export function choice(
  label: string,
  options: readonly Option[],
  onChange: (value: string) => void,
): HTMLSelectElement {
  const select = element('select', { class: 'field', attributes: { 'aria-label': label } });
  select.append(...options.map(({ value, label: text }) => element('option', { text, attributes: { value } })));
  select.addEventListener('change', () => onChange(select.value));
  return select;
}
