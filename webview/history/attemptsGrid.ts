/**
 * The attempts, newest first. Rows are known by attempt id and changed in place, so that a live update moves neither
 * the selection nor the focus nor the scroll position. One tab stop; the arrow keys go on from there.
 */
import { attemptLook, formatDuration } from '../../src/views/format';
import type { RowState } from '../../src/views/historyPanel/protocol';
import { badge, setBadge } from '../components/badge';
import { relativeTime, setElapsedSince, setRelativeTime } from '../components/clock';
import { element, setAttribute, setText } from '../components/dom';
import { Meter } from '../components/meter';
import { grid, gridCell, gridRow, type Column } from '../toolkit';
import { rowByKey, type Selection } from './selection';

const COLUMNS: readonly Column[] = [
  { name: '#', spokenName: 'Number', width: '48px', figures: true },
  { name: 'Status', width: '122px' },
  { name: 'Start', width: '108px' },
  { name: 'End', width: '108px' },
  { name: 'Duration', width: '92px', figures: true },
  { name: 'Progress', width: '136px' },
  { name: 'Error', width: 'minmax(0, 1fr)' },
];

export interface GridEvents {
  /** A row was chosen: alone, or (`add`) with the one that is selected already. */
  readonly onPick: (attemptId: string, add: boolean) => void;
  readonly onMove: (attemptId: string) => void;
  readonly onEnter: () => void;
  readonly onCopy: (attemptId: string) => void;
}

export class AttemptsGrid {
  readonly host: HTMLElement;
  private readonly rows = new Map<string, AttemptRow>();
  private order: readonly string[] = [];
  private focused: string | null = null;

  constructor(private readonly events: GridEvents) {
    this.host = grid('Attempts, newest first', COLUMNS);
    this.host.classList.add('attempts');
    // In the capture phase: the toolkit's grid would move a cell focus of its own.
    this.host.addEventListener('keydown', (event) => this.onKey(event), { capture: true });
    this.host.addEventListener('click', (event) => {
      const attemptId = attemptOf(event.target);
      if (attemptId !== null) {
        this.events.onPick(attemptId, event.ctrlKey || event.metaKey);
        this.rows.get(attemptId)?.host.focus({ preventScroll: true });
      }
    });
  }

  /** Brings rows and order in line; what is as it was is not touched. */
  update(states: readonly RowState[], total: number): void {
    const wanted = new Set(states.map((state) => state.attemptId));
    for (const [attemptId, row] of this.rows) {
      if (!wanted.has(attemptId)) {
        row.host.remove();
        this.rows.delete(attemptId);
      }
    }
    let previous: Element | null = this.host.firstElementChild;
    states.forEach((state, index) => {
      let row = this.rows.get(state.attemptId);
      if (row === undefined) {
        row = new AttemptRow(state.attemptId);
        this.rows.set(state.attemptId, row);
      }
      row.update(state, index + 2);
      if (previous?.nextElementSibling !== row.host) {
        previous?.after(row.host);
      }
      previous = row.host;
    });
    this.order = states.map((state) => state.attemptId);
    setAttribute(this.host, 'aria-rowcount', String(total + 1));
  }

  showSelection(selection: Selection, pairs: boolean): void {
    setAttribute(this.host, 'aria-multiselectable', pairs ? 'true' : null);
    this.focused = selection.focused;
    for (const [attemptId, row] of this.rows) {
      setAttribute(row.host, 'aria-selected', selection.selected.includes(attemptId) ? 'true' : 'false');
      setAttribute(row.host, 'tabindex', attemptId === selection.focused ? '0' : '-1');
    }
  }

  /** Moves the keyboard to the row with the tab stop. */
  focus(): void {
    if (this.focused !== null) {
      this.rows.get(this.focused)?.host.focus();
    }
  }

  reveal(attemptId: string): void {
    this.rows.get(attemptId)?.host.scrollIntoView({ block: 'nearest' });
  }

  private onKey(event: KeyboardEvent): void {
    const attemptId = attemptOf(event.target);
    if (attemptId === null || event.altKey) {
      return;
    }
    const withControl = event.ctrlKey || event.metaKey;
    const target = rowByKey(event.key, this.order, attemptId);
    if (target !== null) {
      if (withControl && event.key.startsWith('Arrow')) {
        this.events.onMove(target);
      } else {
        this.events.onPick(target, event.shiftKey);
      }
      this.focus();
      this.reveal(target);
    } else if (event.key === ' ') {
      this.events.onPick(attemptId, true);
    } else if (event.key === 'Enter') {
      this.events.onEnter();
    } else if (withControl && event.key === 'c' && (document.getSelection()?.isCollapsed ?? true)) {
      this.events.onCopy(attemptId);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

function attemptOf(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest<HTMLElement>('[data-attempt]')?.dataset['attempt'] ?? null) : null;
}

class AttemptRow {
  readonly host: HTMLElement;
  private shown: string | undefined;
  private readonly number = gridCell(0, 'default', 'figures cell-number');
  private readonly status = gridCell(1, 'default', 'cell-status');
  private readonly start = gridCell(2, 'default', 'cell-start');
  private readonly end = gridCell(3, 'default', 'cell-end');
  private readonly duration = gridCell(4, 'default', 'figures cell-duration');
  private readonly progress = gridCell(5, 'default', 'cell-progress');
  private readonly error = gridCell(6, 'default', 'cell-error');
  private badge: HTMLElement | undefined;
  private meter: Meter | undefined;

  constructor(attemptId: string) {
    const cells = [this.number, this.status, this.start, this.end, this.duration, this.progress, this.error];
    this.host = gridRow(cells);
    this.host.dataset['attempt'] = attemptId;
    this.host.dataset['vscodeContext'] = JSON.stringify({
      webviewSection: 'attempt',
      attemptId,
      preventDefaultContextMenuItems: true,
    });
    // A press selects the row; the cells themselves take no focus.
    for (const cell of cells) {
      cell.addEventListener('focusin', (event) => event.stopPropagation());
    }
  }

  update(state: RowState, rowIndex: number): void {
    setAttribute(this.host, 'aria-rowindex', String(rowIndex));
    const shown = JSON.stringify(state);
    if (shown === this.shown) {
      return;
    }
    this.shown = shown;
    const look = attemptLook(state.display);
    this.host.dataset['display'] = state.display;
    this.host.classList.toggle('has-message', state.error !== '' || state.message !== '');
    setText(this.number, String(state.number));
    if (this.badge === undefined) {
      this.badge = badge(look);
      this.status.append(this.badge);
    } else {
      setBadge(this.badge, look);
    }
    showInstant(this.start, state.startedAt);
    showInstant(this.end, state.endedAt);
    // A run that cannot be seen may have ended: its time does not go on here.
    const counts = state.active && state.display !== 'unknown';
    setElapsedSince(this.duration, counts ? state.startedAt : null);
    if (!counts) {
      setText(this.duration, state.durationSeconds === null ? '–' : formatDuration(state.durationSeconds));
    }
    if (this.meter === undefined) {
      this.meter = new Meter(`Progress of attempt ${state.number}`);
      this.progress.append(this.meter.host);
    }
    this.meter.update(state.progress, counts);
    const live = state.active && state.error === '';
    setText(this.error, live ? state.message : state.error);
    this.error.classList.toggle('secondary', live);
  }
}

function showInstant(cell: HTMLElement, iso: string | null): void {
  const time = cell.querySelector('time');
  if (iso === null) {
    if (time !== null || cell.textContent === '') {
      cell.replaceChildren(element('span', { class: 'secondary', text: '–' }));
    }
  } else if (time === null) {
    cell.replaceChildren(relativeTime(iso));
  } else {
    setRelativeTime(time, iso);
  }
}
