/** One value of a comparison as it is shown, on either side. */
import type { CellState, RowState, Side } from '../../src/views/compare/protocol';
import { relativeTime } from '../components/clock';
import { coverageBar } from '../components/coverage';
import { element, icon, spoken } from '../components/dom';
import { textBlock } from '../components/textBlock';
import { button, link } from '../toolkit';

export interface CellEvents {
  readonly onOpen: (side: Side, index: number, beside: boolean) => void;
  readonly onCopyError: (side: Side) => void;
}

const SIGNS = { '+': 'added', '−': 'removed', '~': 'changed' } as const;

export function drawCell(state: CellState, row: RowState, side: Side, events: CellEvents): readonly (Node | string)[] {
  switch (state.kind) {
    case 'quiet':
      return [element('span', { class: 'secondary', text: state.text })];
    case 'text':
      return [state.text];
    case 'figure':
      return [element('span', { class: 'figure', text: state.text })];
    case 'code':
      return [element('code', { text: state.text })];
    case 'instant':
      return [element('span', { class: 'figure' }, relativeTime(state.at))];
    case 'error': {
      const copy = button({
        label: `Copy the error of the ${side} attempt`,
        icon: 'copy',
        look: 'icon',
        key: `copy-${side}`,
        onPress: () => events.onCopyError(side),
      });
      return [element('div', { class: 'error-cell' }, textBlock(state.text, `head-${side}`, 'bad'), copy)];
    }
    case 'levels':
      return [coverageBar(state.levels)];
    case 'components':
      return [
        element('span', { text: state.text }),
        ...(state.changes.length === 0
          ? []
          : [
              element(
                'ul',
                { class: 'changes' },
                ...state.changes.map(drawChange),
                state.more === 0 ? null : element('li', { class: 'secondary', text: `and ${state.more} more` }),
              ),
            ]),
      ];
    case 'notebook': {
      const index = row.notebook ?? 0;
      return [
        link('Open', {
          key: `open-${side}-${index}`,
          title: `Open ${row.name} of the ${side} attempt`,
          onPress: () => events.onOpen(side, index, false),
        }),
      ];
    }
  }
}

type Change = Extract<CellState, { kind: 'components' }>['changes'][number];

/** A component that came, went or changed; of one that changed, which properties and from what to what. */
function drawChange({ sign, text, properties, moreProperties }: Change): HTMLElement {
  const list =
    properties.length === 0
      ? null
      : element(
          'ul',
          { class: 'properties' },
          ...properties.map(({ name, before, after }) =>
            element(
              'li',
              {},
              element('span', { class: 'secondary', text: `${name}: ` }),
              spoken('before '),
              element('span', { class: 'value', text: before }),
              icon('arrow-right'),
              spoken('after '),
              element('span', { class: 'value', text: after }),
            ),
          ),
          moreProperties === 0 ? null : element('li', { class: 'secondary', text: `and ${moreProperties} more` }),
        );
  return element(
    'li',
    {},
    element('span', { class: 'sign', text: sign, attributes: { 'aria-hidden': 'true' } }),
    element('div', {}, spoken(`${SIGNS[sign]}: `), element('span', { text }), list),
  );
}
