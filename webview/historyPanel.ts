/**
 * The history page. The host sends what is to be shown, the page shows it and says what was pressed; it decides nothing
 * and knows neither paths nor commands.
 */
import './historyPanel.css';
import { attemptLook } from '../src/views/format';
import {
  parseHostMessage,
  parseSavedState,
  type DetailsState,
  type HeaderState,
  type HostMessage,
  type ListState,
  type PageMessage,
  type ProblemState,
  type RowState,
  type SavedState,
} from '../src/views/historyPanel/protocol';
import { Announcer } from './components/announcer';
import { startClock } from './components/clock';
import { element, Part, setHidden, setText } from './components/dom';
import { notice } from './components/notice';
import { AttemptsGrid } from './history/attemptsGrid';
import { Details } from './history/details';
import { Header } from './history/header';
import { progressMilestone } from './history/milestones';
import { focusOn, NOTHING_SELECTED, reconcileSelection, selectOnly, toggle, type Selection } from './history/selection';
import { button, setButton } from './toolkit';
import { vscodeApi } from './vscodeApi';

const NOTHING_ALLOWED: HeaderState['can'] = {
  openNotebooks: false,
  openFlow: false,
  locateFile: false,
  compare: false,
  export: false,
  openLog: false,
  diff: false,
  assess: false,
};

class HistoryPage {
  private readonly api = vscodeApi();
  private readonly announcer = new Announcer(document.body);
  private readonly header: Header;
  private readonly grid: AttemptsGrid;
  private readonly details: Details;
  private readonly main = element('main');
  private readonly hint = element('span', { class: 'secondary hint', text: 'Select two to compare' });
  private readonly compare: HTMLElement;
  private readonly exportButton: HTMLElement;
  private readonly attempts = element('div', { class: 'attempts-area' });
  private readonly pair = element('p', { class: 'secondary pair' });
  private readonly refused: Part<string | null>;
  private readonly below: Part<ListState>;
  private readonly empty: Part<{ readonly show: boolean; readonly runsOn: HeaderState['runsOn'] }>;
  private readonly waiting = element('div', { class: 'waiting', attributes: { 'aria-hidden': 'true' } });

  private head: HeaderState | null = null;
  private problem: ProblemState | null = null;
  private list: ListState = { phase: 'loading', older: 0, loadingOlder: false, failure: null };
  private readonly rows = new Map<string, RowState>();
  private order: readonly string[] = [];
  private readonly known = new Map<string, DetailsState>();
  private selection: Selection = NOTHING_SELECTED;
  private asked: string | null = null;
  private scrollTo: Pick<SavedState, 'scrollTop' | 'gridScrollTop'> | null = null;

  constructor() {
    this.header = new Header({
      onPrimary: (action) => this.send({ type: 'primary', action }),
      onOpenNotebooks: () => this.send({ type: 'openNotebooks' }),
      onOpenFlow: () => this.send({ type: 'openFlow' }),
      onLocateFile: () => this.send({ type: 'locateFile' }),
      onAssess: () => this.send({ type: 'assess' }),
      onMend: () => this.send({ type: 'mend' }),
    });
    this.grid = new AttemptsGrid({
      onPick: (attemptId, add) =>
        this.select(add ? toggle(this.selection, attemptId, this.can.compare) : selectOnly(attemptId)),
      onMove: (attemptId) => this.select(focusOn(this.selection, attemptId)),
      onEnter: () => (this.selection.selected.length === 2 ? this.openCompare() : this.details.focus()),
      onCopy: (attemptId) => this.send({ type: 'copyError', attemptId }),
    });
    this.details = new Details({
      onOpenNotebook: (attemptId, index, beside) => this.send({ type: 'openNotebook', attemptId, index, beside }),
      onDiffNotebook: (attemptId, index) => this.send({ type: 'diffNotebook', attemptId, index }),
      onOpenLog: (attemptId) => this.send({ type: 'openLog', attemptId }),
      onOpenSource: (attemptId) => this.send({ type: 'openSource', attemptId }),
      onCopyError: (attemptId) => this.send({ type: 'copyError', attemptId }),
      onBack: () => this.grid.focus(),
    });
    this.compare = button({ label: 'Compare', icon: 'diff', look: 'quiet', onPress: () => this.openCompare() });
    this.exportButton = button({ label: 'Export', look: 'quiet', onPress: () => this.send({ type: 'export' }) });
    const refused = element('div', { class: 'refused' });
    this.refused = new Part(refused, (message) =>
      message === null
        ? []
        : [notice({ tone: 'bad', icon: 'error', title: 'That was not done.', text: message, button: null })],
    );
    const below = element('div', { class: 'below-grid' });
    this.below = new Part(below, (list) => this.drawBelow(list));
    const empty = element('div', { class: 'empty' });
    this.empty = new Part(empty, (state) => drawEmpty(state.show, state.runsOn));
    this.waiting.append(element('i'), element('i'), element('i'));
    this.attempts.append(
      element(
        'div',
        { class: 'section-bar' },
        element('h2', { text: 'Attempts' }),
        this.hint,
        element('div', { class: 'actions' }, this.compare, this.exportButton),
      ),
      this.grid.host,
      this.waiting,
      below,
    );
    this.main.append(
      this.header.rest,
      refused,
      element('div', { class: 'body' }, this.attempts, this.pair, this.details.host),
      empty,
    );
    document.body.append(this.header.bar, this.main);
    this.refused.update(null);
    this.restore();
    this.draw();
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      const message = parseHostMessage(event.data);
      if (message !== null) {
        this.receive(message);
      }
    });
    for (const scroller of [window, this.grid.host]) {
      scroller.addEventListener('scroll', () => this.keep(), { passive: true });
    }
    startClock(
      () => [...this.rows.values()].some((row) => row.active),
      () => this.details.tick(),
    );
    this.send({ type: 'ready' });
  }

  private get can(): HeaderState['can'] {
    return this.head?.can ?? NOTHING_ALLOWED;
  }

  private send(message: PageMessage): void {
    if (message.type !== 'select') {
      this.refused.update(null);
    }
    this.api.postMessage(message);
  }

  private receive(message: HostMessage): void {
    switch (message.type) {
      case 'init':
        this.head = message.header;
        this.problem = message.problem;
        this.list = message.list;
        this.rows.clear();
        message.rows.forEach((row) => this.rows.set(row.attemptId, row));
        this.order = message.rows.map((row) => row.attemptId);
        if (message.select !== null) {
          this.selection = selectOnly(message.select);
        }
        this.settle(false);
        break;
      case 'patch':
        this.patch(message);
        break;
      case 'details':
        this.known.set(message.details.attemptId, message.details);
        this.drawDetails();
        break;
      case 'select':
        if (this.rows.has(message.attemptId)) {
          this.select(selectOnly(message.attemptId));
          this.grid.reveal(message.attemptId);
          if (message.focus) {
            this.grid.focus();
          }
        }
        break;
      case 'copied':
        this.announcer.say('Error copied');
        break;
      case 'refused':
        this.announcer.alert(message.message);
        this.refused.update(message.message);
        break;
    }
  }

  private patch(message: Extract<HostMessage, { type: 'patch' }>): void {
    // A selection that just stands at the top stays there when a new attempt comes: it is the one that was started.
    const atTop = this.selection.selected.length === 1 && this.selection.selected[0] === this.order[0];
    const newest = message.order?.[0];
    const followNewest = atTop && newest !== undefined && newest !== this.order[0] && !this.isReading();
    this.head = message.header ?? this.head;
    this.problem = message.problem === undefined ? this.problem : message.problem;
    this.list = message.list ?? this.list;
    for (const row of message.rows ?? []) {
      this.announce(this.rows.get(row.attemptId), row);
      this.rows.set(row.attemptId, row);
    }
    if (message.order !== undefined) {
      const present = new Set(message.order);
      for (const attemptId of [...this.rows.keys()].filter((id) => !present.has(id))) {
        this.rows.delete(attemptId);
      }
      this.order = message.order.filter((id) => this.rows.has(id));
    }
    this.settle(followNewest);
  }

  /** Whether the user is in the middle of the details: then a new attempt does not take their place. */
  private isReading(): boolean {
    const selected = document.getSelection();
    return (
      this.details.host.contains(document.activeElement) ||
      (selected !== null && !selected.isCollapsed && this.details.host.contains(selected.anchorNode))
    );
  }

  private announce(before: RowState | undefined, now: RowState): void {
    if (before === undefined) {
      if (now.active && this.order.length > 0) {
        this.announcer.say(`Attempt ${now.number} started`);
      }
    } else if (before.active && !now.active) {
      this.announcer.say(`Attempt ${now.number} ended: ${attemptLook(now.display).label}`);
    } else {
      const milestone = now.active ? progressMilestone(before.progress, now.progress) : null;
      if (milestone !== null) {
        this.announcer.say(`Attempt ${now.number}: ${milestone} percent`);
      }
    }
  }

  private select(selection: Selection): void {
    this.selection = selection;
    this.keep();
    this.drawSelection();
  }

  private settle(followNewest: boolean): void {
    if (this.order.length > 0) {
      this.selection = reconcileSelection(this.selection, this.order, followNewest);
    }
    this.draw();
    if (this.scrollTo !== null && this.list.phase === 'ready') {
      window.scrollTo({ top: this.scrollTo.scrollTop });
      this.grid.host.scrollTop = this.scrollTo.gridScrollTop;
      this.scrollTo = null;
    }
    this.keep();
  }

  private draw(): void {
    const rows = this.order.map((id) => this.rows.get(id)).filter((row) => row !== undefined);
    this.header.update(this.head, this.problem, this.list);
    // What commands in the page's context menu are called with; rows add their attempt.
    document.body.dataset['vscodeContext'] = JSON.stringify({ flowId: this.head?.flowId });
    this.grid.update(rows, rows.length + this.list.older);
    const isEmpty = this.head !== null && this.list.phase === 'ready' && rows.length === 0;
    setHidden(this.attempts, this.head === null || (isEmpty && this.list.failure === null));
    setHidden(this.grid.host, rows.length === 0);
    setHidden(this.waiting, this.list.phase !== 'loading' || rows.length > 0);
    setHidden(this.exportButton, !this.can.export || rows.length === 0);
    this.below.update(this.list);
    this.empty.update({ show: isEmpty && this.list.failure === null, runsOn: this.head?.runsOn ?? 'local' });
    this.drawSelection();
  }

  private drawSelection(): void {
    const pairs = this.can.compare && this.order.length > 1;
    this.grid.showSelection(this.selection, pairs);
    const two = this.selection.selected.length === 2;
    setHidden(this.hint, !pairs);
    setHidden(this.compare, !pairs);
    setButton(this.compare, {
      label: 'Compare',
      icon: 'diff',
      look: 'quiet',
      off: two ? null : 'Select two attempts to compare them',
    });
    setHidden(this.pair, !two);
    setText(this.pair, two ? '2 attempts selected. Press Enter or Compare to see them side by side.' : '');
    const [only] = this.selection.selected;
    if (!two && only !== undefined && this.asked !== only && this.rows.has(only)) {
      this.asked = only;
      this.send({ type: 'select', attemptId: only });
    }
    this.drawDetails();
  }

  private drawDetails(): void {
    const [only, second] = this.selection.selected;
    const row = only === undefined || second !== undefined ? undefined : this.rows.get(only);
    if (row === undefined) {
      this.details.update(null);
      return;
    }
    this.details.update({
      row,
      details: this.known.get(row.attemptId) ?? null,
      can: this.can,
      runsOn: this.head?.runsOn ?? 'local',
      earlier: this.earlierSuccesses(row),
    });
  }

  private earlierSuccesses(row: RowState): readonly [number, number] | null {
    const took = [...this.rows.values()]
      .filter((other) => other.display === 'succeeded' && other.number < row.number)
      .map((other) => other.durationSeconds)
      .filter((seconds) => seconds !== null);
    return took.length === 0 ? null : [Math.min(...took), Math.max(...took)];
  }

  private openCompare(): void {
    const [first, second] = this.selection.selected;
    if (first !== undefined && second !== undefined) {
      this.send({ type: 'compare', first, second });
    }
  }

  private drawBelow(list: ListState): readonly HTMLElement[] {
    if (list.failure !== null) {
      const again = button({
        label: list.failure.button,
        look: 'secondary',
        key: 'try-again',
        onPress: () => this.send({ type: 'tryAgain' }),
      });
      return [
        notice({
          tone: 'warning',
          icon: 'warning',
          title: 'The history could not be read.',
          text: list.failure.message,
          button: again,
        }),
      ];
    }
    if (list.older === 0) {
      return [];
    }
    return [
      button({
        label: list.loadingOlder ? 'Loading older attempts' : 'Show older',
        look: 'quiet',
        off: list.loadingOlder ? 'Older attempts are being read' : null,
        key: 'older',
        onPress: () => this.send({ type: 'showOlder' }),
      }),
      element('span', { class: 'secondary', text: `${list.older} more` }),
    ];
  }

  private restore(): void {
    const saved = parseSavedState(this.api.getState());
    if (saved !== null) {
      this.selection = { selected: saved.selected, focused: saved.focused };
      this.scrollTo = saved;
    }
  }

  /** What a reload brings back. Nothing is kept before it is known which flow this is, or while it is being restored. */
  private keep(): void {
    if (this.head === null || this.scrollTo !== null) {
      return;
    }
    const state: SavedState = {
      flowId: this.head.flowId,
      selected: [...this.selection.selected],
      focused: this.selection.focused,
      scrollTop: window.scrollY,
      gridScrollTop: this.grid.host.scrollTop,
    };
    this.api.setState(state);
  }
}

function drawEmpty(show: boolean, runsOn: HeaderState['runsOn']): readonly HTMLElement[] {
  const place =
    runsOn === 'local'
      ? 'It runs on this computer and changes nothing in NiFi.'
      : 'It runs as a job on Databricks and changes nothing in NiFi.';
  return show
    ? [
        element('h2', { text: 'No attempts yet' }),
        element('p', {
          class: 'secondary',
          text: `Start conversion writes notebooks from this flow. ${place}`,
        }),
      ]
    : [];
}

new HistoryPage();
