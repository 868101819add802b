/**
 * What became of a flow's processors: one bar and its legend. Order, figures and pattern say it as well as colour does;
 * a level with none has no segment but keeps its line.
 */
import { element } from './dom';

export interface Levels {
  readonly converted: number;
  readonly assisted: number;
  readonly manual: number;
  readonly notNeeded: number;
}

const LEVELS: readonly (readonly [keyof Levels, string, string])[] = [
  ['converted', 'Converted', 'Runs as it is'],
  ['assisted', 'Assisted', 'Runs after a named gap is filled'],
  ['manual', 'Manual', 'Has no counterpart: the cell explains what to do'],
  ['notNeeded', 'Not needed', 'Disappears for a stated reason'],
];

export function levelsTotal(levels: Levels): number {
  return LEVELS.reduce((sum, [key]) => sum + levels[key], 0);
}

/** The bar alone. */
export function coverageBar(levels: Levels): HTMLElement {
  const name = LEVELS.map(([key, label]) => `${label} ${levels[key]}`).join(', ');
  const bar = element('div', { class: 'coverage-bar', attributes: { role: 'img', 'aria-label': name } });
  for (const [key, label] of LEVELS) {
    const count = levels[key];
    if (count > 0) {
      const segment = element('span', {
        class: `level level-${key}`,
        attributes: { title: `${label}: ${count}` },
      });
      segment.style.setProperty('flex-grow', String(count));
      bar.append(segment);
    }
  }
  return bar;
}

/** Counts first, shares second. Rounded shares need not make 100. */
export function coverageLegend(levels: Levels): HTMLElement {
  const total = levelsTotal(levels);
  const list = element('ul', { class: 'coverage-legend' });
  for (const [key, label, meaning] of LEVELS) {
    const share = total === 0 ? '' : `${Math.round((levels[key] / total) * 100)}%`;
    list.append(
      element(
        'li',
        { attributes: { title: meaning } },
        element('span', { class: `level level-${key}` }),
        element('span', { text: label }),
        element('span', { class: 'figures', text: String(levels[key]) }),
        element('span', { class: 'figures secondary', text: share }),
      ),
    );
  }
  return list;
}
