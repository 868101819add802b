/** The flows of an estate in the suggested order, to be filtered and sorted. */
import type { FlowRow } from '../../src/views/assessment/protocol';
import { formatCount } from '../../src/views/format';
import { choice, searchField } from '../components/controls';
import { coverageBar, levelsTotal } from '../components/coverage';
import { element, icon, setText } from '../components/dom';
import { link } from '../toolkit';
import { SortedTable, type TableColumn } from './table';

const FILTERS = [
  { value: 'all', label: 'All flows' },
  { value: 'byHand', label: 'With something to do by hand' },
  { value: 'clean', label: 'Nothing to do by hand' },
  { value: 'systems', label: 'With external systems' },
  { value: 'scripts', label: 'With scripts' },
  { value: 'twins', label: 'Found in several places' },
  { value: 'errors', label: 'Could not be read' },
] as const;
export type Filter = (typeof FILTERS)[number]['value'];

const byHand = ({ levels }: FlowRow): number => levels.assisted + levels.manual;

const FITS: Readonly<Record<Filter, (row: FlowRow) => boolean>> = {
  all: () => true,
  byHand: (row) => byHand(row) > 0,
  clean: (row) => row.error === null && byHand(row) === 0,
  systems: (row) => row.systems.length > 0,
  scripts: (row) => row.scriptLines > 0,
  twins: (row) => row.twins > 0,
  errors: (row) => row.error !== null,
};

export interface FlowsEvents {
  /** @param index place of the flow in the report */
  readonly onOpen: (index: number) => void;
  /** The filter or the text changed. */
  readonly onChange: (filter: Filter, query: string) => void;
}

export class FlowsSection {
  readonly host = element('section');
  private readonly count = element('span', { class: 'secondary', attributes: { role: 'status' } });
  private readonly table: SortedTable<FlowRow>;
  private rows: readonly FlowRow[] = [];
  private most = 1;

  constructor(
    private filter: Filter,
    private query: string,
    private readonly events: FlowsEvents,
  ) {
    this.table = new SortedTable('Flows in the suggested order', this.columns());
    const search = searchField('Filter flows by name, place, system or version', (text) => {
      this.query = text;
      this.changed();
    });
    search.value = query;
    const chosen = choice('Which flows', FILTERS, (value) => {
      this.filter = filterOf(value);
      this.changed();
    });
    chosen.value = filter;
    this.host.append(
      element('div', { class: 'section-bar' }, element('h2', { text: 'Flows in the suggested order' })),
      element('div', { class: 'toolbar' }, search, chosen, this.count),
      this.table.host,
    );
  }

  update(rows: readonly FlowRow[]): void {
    this.rows = rows;
    this.most = Math.max(1, ...rows.map(({ effort }) => effort));
    this.draw();
  }

  private changed(): void {
    this.draw();
    this.events.onChange(this.filter, this.query);
  }

  private draw(): void {
    const shown = this.rows.filter((row) => FITS[this.filter](row) && this.matches(row));
    setText(this.count, `${shown.length} of ${this.rows.length} shown`);
    this.table.update(shown);
  }

  private matches(row: FlowRow): boolean {
    const wanted = this.query.trim().toLowerCase();
    return (
      wanted === '' ||
      [row.name, row.place, row.format, row.nifiVersion, ...row.systems].some((text) =>
        text.toLowerCase().includes(wanted),
      )
    );
  }

  private columns(): readonly TableColumn<FlowRow>[] {
    return [
      { key: 'name', name: 'Flow', value: (row) => row.name, draw: (row) => this.drawName(row) },
      {
        key: 'order',
        name: 'Order',
        figures: true,
        wide: true,
        value: (row) => row.order,
        draw: (row) => (row.order === 0 ? '–' : String(row.order)),
      },
      {
        key: 'processors',
        name: 'Processors',
        figures: true,
        wide: true,
        value: (row) => row.processors,
        draw: (row) => String(row.processors),
      },
      {
        key: 'levels',
        name: 'By hand',
        figures: true,
        value: byHand,
        draw: (row) =>
          levelsTotal(row.levels) === 0
            ? '–'
            : element('div', { class: 'bar-cell' }, String(byHand(row)), coverageBar(row.levels)),
      },
      {
        key: 'systems',
        name: 'Systems',
        wide: true,
        value: (row) => row.systems.length,
        draw: (row) => row.systems.join(', ') || '–',
      },
      {
        key: 'triggers',
        name: 'Triggers',
        wide: true,
        value: (row) => row.triggers.join(),
        draw: (row) => row.triggers.join(', ') || '–',
      },
      {
        key: 'scripts',
        name: 'Script lines',
        figures: true,
        wide: true,
        value: (row) => row.scriptLines,
        draw: (row) => (row.scriptLines === 0 ? '–' : String(row.scriptLines)),
      },
      {
        key: 'effort',
        name: 'Effort',
        figures: true,
        value: (row) => row.effort,
        draw: (row) => this.drawEffort(row),
      },
    ];
  }

  private drawName(row: FlowRow): HTMLElement {
    const place = element('bdi', { text: row.place });
    // Where there is no room for their columns.
    const facts = [formatCount(row.processors, 'processor'), ...row.systems, ...row.triggers].join(' · ');
    return element(
      'div',
      { class: 'flow-name' },
      link(row.name, {
        key: `flow-${row.place}`,
        title: `Open ${row.place}`,
        onPress: () => this.events.onOpen(this.rows.indexOf(row)),
      }),
      // Cut at its start: the end of a path says more.
      element('span', { class: 'secondary cut-start', attributes: { title: row.place } }, place),
      row.error === null ? element('span', { class: 'secondary narrow-facts', text: facts }) : null,
      row.twins > 0
        ? element('span', { class: 'secondary', text: `the same in ${formatCount(row.twins, 'other place')}` })
        : null,
      row.error === null ? null : element('span', { class: 'flow-error' }, icon('warning'), row.error),
    );
  }

  private drawEffort(row: FlowRow): Node | string {
    if (row.error !== null) {
      return '–';
    }
    const bar = element('span', { class: 'effort-bar', attributes: { 'aria-hidden': 'true' } });
    bar.style.setProperty('width', `${(100 * row.effort) / this.most}%`);
    return element('div', { class: 'bar-cell' }, String(row.effort), element('span', { class: 'effort-track' }, bar));
  }
}

export function filterOf(value: string): Filter {
  return FILTERS.find((one) => one.value === value)?.value ?? 'all';
}
