/** What an estate comes to: its figures, its levels and how its effort is spread. */
import type { ReportState } from '../../src/views/assessment/protocol';
import { formatCount } from '../../src/views/format';
import { coverageBar, coverageLegend } from '../components/coverage';
import { element } from '../components/dom';
import { notice } from '../components/notice';
import { effortCurve } from './effort';

export function overview({ cancelled, figures, levels, flows }: ReportState): readonly HTMLElement[] {
  const fact = (name: string, value: string, more = ''): readonly HTMLElement[] => [
    element('dt', { text: name }),
    element('dd', {}, value, more === '' ? null : element('span', { class: 'secondary', text: ` ${more}` })),
  ];
  const efforts = flows.filter(({ error }) => error === null).map(({ effort }) => effort);
  return [
    ...(cancelled
      ? [
          notice({
            tone: 'warning',
            icon: 'warning',
            title: 'The assessment was cancelled.',
            text: 'What was read until then is shown.',
            button: null,
          }),
        ]
      : []),
    element(
      'div',
      { class: 'columns' },
      element(
        'div',
        {},
        element('h2', { text: 'Inventory' }),
        element(
          'dl',
          { class: 'values' },
          ...fact('Flows', String(figures.flows)),
          ...fact('Processors', String(figures.processors)),
          ...fact('Effort', formatCount(figures.effort, 'point'), 'to sort flows by, not hours'),
          ...(figures.planned > 0
            ? fact('Planned', formatCount(figures.planned, 'processor'), 'that this version does not convert yet')
            : []),
          ...(figures.errors > 0 ? fact('Could not be read', formatCount(figures.errors, 'file')) : []),
        ),
      ),
      element('div', {}, element('h2', { text: 'Processors by level' }), coverageBar(levels), coverageLegend(levels)),
      effortCurve(efforts),
    ),
  ];
}
