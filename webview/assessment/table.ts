/** A table that sorts by its headings and shows so many rows at a time. Names stay in sight of assistive technology. */
import { element, icon, setAttribute } from '../components/dom';
import { button } from '../toolkit';

export interface TableColumn<Row> {
  readonly key: string;
  readonly name: string;
  readonly figures?: boolean;
  /** Left out where the page is narrow. */
  readonly wide?: boolean;
  /** What rows are sorted by; texts from A, figures from the largest at the first press. */
  readonly value: (row: Row) => string | number;
  readonly draw: (row: Row) => Node | string;
}

/** Rows shown at first, and more of them at a time. */
const ROWS_SHOWN = 50;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export class SortedTable<Row> {
  readonly host = element('div', { class: 'table-area' });
  private readonly body = element('tbody');
  private readonly more = element('div', { class: 'below-table' });
  private readonly heads = new Map<string, HTMLTableCellElement>();
  private rows: readonly Row[] = [];
  private sort: { readonly key: string; readonly descending: boolean } | null = null;
  private shown: number;

  /** Rows come in the order that holds until a heading is pressed. */
  constructor(
    label: string,
    private readonly columns: readonly TableColumn<Row>[],
    private readonly pageSize = ROWS_SHOWN,
  ) {
    this.shown = pageSize;
    const head = element('tr');
    for (const column of columns) {
      const press = element('button', {
        class: 'sort',
        attributes: { type: 'button', 'data-key': `sort-${column.key}` },
      });
      press.append(element('span', { text: column.name }), icon('blank'));
      press.addEventListener('click', () => this.sortBy(column));
      const cell = element('th', { attributes: { scope: 'col' }, class: classOf(column) }, press);
      this.heads.set(column.key, cell);
      head.append(cell);
    }
    const table = element('table', { attributes: { 'aria-label': label } }, element('thead', {}, head), this.body);
    this.host.append(table, this.more);
  }

  update(rows: readonly Row[]): void {
    this.rows = rows;
    this.draw();
  }

  private sortBy(column: TableColumn<Row>): void {
    const again = this.sort?.key === column.key;
    this.sort = { key: column.key, descending: again ? !this.sort?.descending : column.figures === true };
    this.draw();
  }

  private draw(): void {
    for (const [key, cell] of this.heads) {
      const own = this.sort?.key === key ? this.sort : null;
      setAttribute(cell, 'aria-sort', own === null ? null : own.descending ? 'descending' : 'ascending');
      const sign = own === null ? 'blank' : own.descending ? 'arrow-down' : 'arrow-up';
      cell.querySelector('.codicon')?.replaceWith(icon(sign));
    }
    const sorted = this.sorted();
    this.body.replaceChildren(
      ...sorted.slice(0, this.shown).map((row) =>
        element(
          'tr',
          {},
          ...this.columns.map((column, index) => {
            const className = classOf(column);
            const value = column.draw(row);
            return index === 0
              ? element('th', { class: className, attributes: { scope: 'row' } }, value)
              : element('td', { class: className }, value);
          }),
        ),
      ),
    );
    const rest = sorted.length - this.shown;
    this.more.replaceChildren(
      ...(rest > 0
        ? [
            button({
              label: `Show more (${rest})`,
              look: 'quiet',
              onPress: () => {
                this.shown += this.pageSize;
                this.draw();
              },
            }),
          ]
        : []),
    );
  }

  private sorted(): readonly Row[] {
    const { sort } = this;
    const column = this.columns.find(({ key }) => key === sort?.key);
    if (sort === null || column === undefined) {
      return this.rows;
    }
    const sign = sort.descending ? -1 : 1;
    return [...this.rows].sort((a, b) => {
      const [left, right] = [column.value(a), column.value(b)];
      const order =
        typeof left === 'number' && typeof right === 'number'
          ? left - right
          : collator.compare(String(left), String(right));
      return sign * order;
    });
  }
}

function classOf<Row>({ figures = false, wide = false }: TableColumn<Row>): string {
  return [...(figures ? ['figures'] : []), ...(wide ? ['wide'] : [])].join(' ');
}
