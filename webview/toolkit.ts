/**
 * The one place that knows the webview toolkit. Pages ask for a button, a link or a grid; another library can take the
 * toolkit's place here without a page noticing.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDataGrid,
  vsCodeDataGridCell,
  vsCodeDataGridRow,
  vsCodeLink,
} from '@vscode/webview-ui-toolkit';
import { customElement, icon, setAttribute, setText } from './components/dom';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeDataGrid(),
  vsCodeDataGridCell(),
  vsCodeDataGridRow(),
  vsCodeLink(),
);

export interface ButtonOptions {
  readonly label: string;
  readonly icon?: string;
  /** `primary` at most once a page; `quiet` has no background; `icon` shows no label, but is named by it. */
  readonly look: 'primary' | 'secondary' | 'quiet' | 'icon';
  /** Says more than the label; on an icon it is the label. */
  readonly title?: string;
  /** Set while the button is off: why. A button that is off stays where it is and can be asked. */
  readonly off?: string | null;
  /** Keeps the focus over a redraw. */
  readonly key?: string;
  readonly onPress: () => void;
}

export function button(options: ButtonOptions): HTMLElement {
  const made = customElement('vscode-button');
  const state = { press: options.onPress };
  made.addEventListener('click', () => {
    if (!made.hasAttribute('disabled')) {
      state.press();
    }
  });
  setAttribute(made, 'data-key', options.key ?? options.label);
  setButton(made, options);
  return made;
}

/** Changes a button in place: verb, look and whether it is on. */
export function setButton(made: HTMLElement, options: Omit<ButtonOptions, 'onPress' | 'key'>): void {
  const appearance = options.look === 'quiet' ? 'secondary' : options.look;
  made.classList.toggle('quiet', options.look === 'quiet');
  setAttribute(made, 'aria-label', options.look === 'icon' ? options.label : null);
  setAttribute(made, 'appearance', appearance);
  setAttribute(made, 'title', options.off ?? options.title ?? (options.look === 'icon' ? options.label : null));
  setAttribute(made, 'disabled', typeof options.off === 'string' ? '' : null);
  const shown = `${options.icon ?? ''}|${options.look === 'icon' ? '' : options.label}`;
  if (made.dataset['shown'] === shown) {
    return;
  }
  made.dataset['shown'] = shown;
  const sign = options.icon === undefined ? null : icon(options.icon);
  if (options.look === 'icon') {
    made.replaceChildren(...(sign === null ? [] : [sign]));
  } else {
    sign?.setAttribute('slot', 'start');
    made.replaceChildren(...(sign === null ? [] : [sign]), document.createTextNode(options.label));
  }
}

/** Text that does something when pressed. It goes nowhere by itself: the host decides what opens. */
export function link(label: string, options: { key?: string; title?: string; onPress: () => void }): HTMLElement {
  const made = customElement('vscode-link', { attributes: { href: '#', 'data-key': options.key ?? label } });
  setText(made, label);
  setAttribute(made, 'title', options.title ?? null);
  made.addEventListener('click', (event) => {
    event.preventDefault();
    options.onPress();
  });
  return made;
}

export interface Column {
  readonly name: string;
  /** What assistive technology calls the column where the name is a sign. */
  readonly spokenName?: string;
  /** A track of a CSS grid. */
  readonly width: string;
  readonly figures?: boolean;
}

/** A grid with its heading row and no rows. Rows, selection and keys are the page's: the toolkit has none of its own. */
export function grid(label: string, columns: readonly Column[]): HTMLElement {
  const made = customElement('vscode-data-grid', {
    attributes: { 'generate-header': 'none', 'no-tabbing': '', 'aria-label': label },
  });
  // The toolkit takes its grid out of the tab order, and with it, in Chromium, all that lies in it: the rows too.
  new MutationObserver(() => made.removeAttribute('tabindex')).observe(made, { attributeFilter: ['tabindex'] });
  made.setAttribute('grid-template-columns', columns.map((column) => column.width).join(' '));
  made.append(
    gridRow(
      columns.map((column, index) => {
        const cell = gridCell(index, 'columnheader', column.figures === true ? 'figures' : '');
        setAttribute(cell, 'aria-label', column.spokenName ?? null);
        cell.textContent = column.name;
        return cell;
      }),
      'header',
    ),
  );
  return made;
}

export function gridRow(cells: readonly HTMLElement[], type: 'default' | 'header' = 'default'): HTMLElement {
  return customElement('vscode-data-grid-row', { attributes: { 'row-type': type } }, ...cells);
}

export function gridCell(column: number, type: 'default' | 'columnheader' = 'default', className = ''): HTMLElement {
  return customElement('vscode-data-grid-cell', {
    class: className,
    attributes: { 'cell-type': type, 'grid-column': String(column + 1) },
  });
}
