/** Processor types of an estate with what becomes of each. */
import type { ReportState } from '../../src/views/assessment/protocol';
import { element } from '../components/dom';
import { SortedTable } from './table';

type TypeRow = ReportState['types'][number];

const LEVEL_NAMES: Readonly<Record<TypeRow['level'], string>> = {
  converted: 'Converted',
  assisted: 'Assisted',
  manual: 'Manual',
  notNeeded: 'Not needed',
};

/** The first types are most of an estate's processors. */
const TYPES_SHOWN = 25;

export function typesTable(): SortedTable<TypeRow> {
  return new SortedTable<TypeRow>(
    'Processor types',
    [
      { key: 'type', name: 'Type', value: (row) => row.name, draw: (row) => row.name },
      { key: 'count', name: 'Processors', figures: true, value: (row) => row.count, draw: (row) => String(row.count) },
      {
        key: 'flows',
        name: 'Flows',
        figures: true,
        wide: true,
        value: (row) => row.flows,
        draw: (row) => String(row.flows),
      },
      {
        key: 'level',
        name: 'Level',
        value: (row) => row.level,
        draw: (row) =>
          element(
            'span',
            { class: 'level-name' },
            element('span', { class: `level level-${row.level}` }),
            LEVEL_NAMES[row.level],
          ),
      },
      { key: 'target', name: 'What it becomes', wide: true, value: (row) => row.target, draw: (row) => row.target },
    ],
    TYPES_SHOWN,
  );
}
