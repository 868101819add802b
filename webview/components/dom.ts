/**
 * The few things that pages do with the DOM. Text always goes in as text, so nothing that a flow says can become markup;
 * a value is written only where it differs, so that live updates disturb neither selection nor assistive technology.
 */

type Child = Node | string | null;

interface Properties {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes an element with its class, attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  apply(made, properties, children);
  return made;
}

/** The same for a custom element. */
export function customElement(tag: string, properties: Properties = {}, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(tag);
  apply(made, properties, children);
  return made;
}

function apply(made: HTMLElement, properties: Properties, children: readonly Child[]): void {
  if (properties.class !== undefined) {
    made.className = properties.class;
  }
  for (const [name, value] of Object.entries(properties.attributes ?? {})) {
    made.setAttribute(name, value);
  }
  if (properties.text !== undefined) {
    made.textContent = properties.text;
  }
  made.append(...children.filter((child) => child !== null));
}

export function setText(node: Element, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Sets an attribute; null removes it. */
export function setAttribute(node: Element, name: string, value: string | null): void {
  if (value === null) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

export function setHidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) {
    node.hidden = hidden;
  }
}

/** A codicon, for the eye only: the words beside it say the same. */
export function icon(name: string, spin = false): HTMLElement {
  return element('span', {
    class: `codicon codicon-${name}${spin ? ' codicon-modifier-spin' : ''}`,
    attributes: { 'aria-hidden': 'true' },
  });
}

/** Text that only assistive technology meets. */
export function spoken(text: string): HTMLElement {
  return element('span', { class: 'spoken', text });
}

/**
 * Draws a part anew only when what it shows has changed. Keeps the focus on the control of the same `data-key` where
 * the redraw replaced the one that had it.
 */
export class Part<T> {
  private drawn: string | undefined;

  constructor(
    readonly host: HTMLElement,
    private readonly draw: (value: T) => readonly Child[],
  ) {}

  update(value: T): void {
    const shown = JSON.stringify(value);
    if (shown === this.drawn) {
      return;
    }
    this.drawn = shown;
    const focused = document.activeElement;
    const key = focused !== null && this.host.contains(focused) ? focused.getAttribute('data-key') : null;
    const children = this.draw(value).filter((child) => child !== null);
    this.host.replaceChildren(...children);
    setHidden(this.host, children.length === 0);
    if (key !== null) {
      this.host.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    }
  }
}
