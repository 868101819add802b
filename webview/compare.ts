/**
 * The page that compares two attempts. The host says what is to be shown and what differs; the page shows it and says
 * what was pressed.
 */
import './compare.css';
import { attemptLook } from '../src/views/format';
import {
  parseHostMessage,
  parseSavedState,
  type Comparison,
  type GroupState,
  type HostMessage,
  type PageMessage,
  type RowState,
  type Side,
  type SideState,
} from '../src/views/compare/protocol';
import { badge } from './components/badge';
import { startClock } from './components/clock';
import { checkbox } from './components/controls';
import { element, Part, setHidden, setText } from './components/dom';
import { unread } from './components/notice';
import { Host } from './components/page';
import { fact, pathFact, placeFact } from './components/where';
import { drawCell } from './compare/cells';
import { button, link } from './toolkit';

class ComparePage {
  private readonly host = new Host<PageMessage>();
  private readonly heading = element('h1', { text: 'Compare attempts' });
  private readonly where: Part<unknown>;
  private readonly count = element('span', { class: 'secondary', attributes: { role: 'status' } });
  private readonly only = checkbox('Only differences', (checked) => this.setOnly(checked));
  private readonly failure: Part<string | null>;
  private readonly table: Part<unknown>;
  private readonly toolbar: HTMLElement;
  private readonly waiting = element('p', { class: 'secondary waiting-text', text: 'Reading both attempts' });
  private shown: Comparison | null = null;
  private onlyDifferences: boolean;

  constructor() {
    const saved = parseSavedState(this.host.saved);
    this.onlyDifferences = saved?.only ?? false;
    this.only.input.checked = this.onlyDifferences;
    const back = button({
      label: 'Back to the history',
      icon: 'arrow-left',
      look: 'icon',
      onPress: () => this.host.send({ type: 'openHistory', side: 'right' }),
    });
    const swap = button({
      label: 'Swap sides',
      icon: 'arrow-swap',
      look: 'secondary',
      onPress: () => this.host.send({ type: 'swap' }),
    });
    this.where = new Part(element('div', { class: 'where' }), () => this.drawWhere());
    this.toolbar = element('div', { class: 'toolbar' }, this.count, element('div', { class: 'actions' }, this.only));
    this.failure = new Part(element('div'), (message) =>
      unread('The attempts could not be read.', message, () => this.host.send({ type: 'tryAgain' })),
    );
    this.table = new Part(element('div', { class: 'comparison', attributes: { role: 'table' } }), () =>
      this.drawTable(),
    );
    document.body.append(
      element(
        'header',
        { class: 'page-header' },
        element('div', { class: 'title' }, back, this.heading, element('div', { class: 'actions' }, swap)),
        this.where.host,
      ),
      element('main', {}, this.host.refused, this.failure.host, this.waiting, this.toolbar, this.table.host),
    );
    setHidden(this.toolbar, true);
    this.failure.update(null);
    this.host.listen(parseHostMessage, (message) => this.receive(message));
    startClock();
    this.host.send({ type: 'ready' });
  }

  private receive(message: HostMessage): void {
    switch (message.type) {
      case 'comparison':
        this.shown = message.comparison;
        this.failure.update(null);
        this.draw();
        this.keep();
        break;
      case 'failed':
        setHidden(this.waiting, true);
        this.failure.update(message.message);
        break;
      case 'refused':
        this.host.refuse(message.message);
        break;
      case 'copied':
        this.host.announcer.say('Error copied');
        break;
    }
  }

  private setOnly(checked: boolean): void {
    this.onlyDifferences = checked;
    this.draw();
    this.keep();
  }

  private keep(): void {
    if (this.shown !== null) {
      const { left, right } = this.shown;
      this.host.keep({ left: left.attemptId, right: right.attemptId, only: this.onlyDifferences });
    }
  }

  private draw(): void {
    const { shown } = this;
    setHidden(this.waiting, shown !== null);
    setHidden(this.toolbar, shown === null);
    if (shown === null) {
      return;
    }
    const oneFlow = shown.left.flow === shown.right.flow;
    setText(
      this.heading,
      oneFlow ? `Compare attempts ${shown.left.number} and ${shown.right.number}` : 'Compare attempts of two flows',
    );
    document.title = this.heading.textContent;
    const rows = shown.groups.flatMap((group) => group.rows);
    setText(this.count, `${rows.filter((row) => row.differs).length} of ${rows.length} rows differ`);
    this.table.host.setAttribute('aria-label', this.heading.textContent);
    this.where.update([shown.server, shown.path, shown.runsOn, shown.left.flow, shown.right.flow]);
    this.table.update([shown, this.onlyDifferences]);
  }

  private drawWhere(): readonly HTMLElement[] {
    const { shown } = this;
    if (shown === null) {
      return [];
    }
    return [
      ...(shown.left.flow === shown.right.flow ? [fact('symbol-structure', 'Flow', shown.left.flow)] : []),
      ...(shown.server === '' ? [] : [fact('server', 'Server', shown.server)]),
      ...(shown.path === '' ? [] : [pathFact(shown.path)]),
      placeFact(shown.runsOn),
    ];
  }

  private drawTable(): readonly HTMLElement[] {
    const { shown } = this;
    if (shown === null) {
      return [];
    }
    const oneFlow = shown.left.flow === shown.right.flow;
    const groups = shown.groups
      .map((group) => ({ ...group, rows: this.onlyDifferences ? group.rows.filter((row) => row.differs) : group.rows }))
      .filter(({ rows }) => rows.length > 0);
    const none = element('p', {
      class: 'secondary',
      text: 'The two attempts do not differ in anything that is recorded.',
    });
    const head = element(
      'div',
      { class: 'row head', attributes: { role: 'row' } },
      element(
        'span',
        { class: 'cell-name', attributes: { role: 'columnheader' } },
        element('span', { class: 'spoken', text: 'What' }),
      ),
      this.drawHead(shown.left, 'left', oneFlow),
      this.drawHead(shown.right, 'right', oneFlow),
      element('span', { class: 'cell-difference secondary', text: 'Difference', attributes: { role: 'columnheader' } }),
    );
    return [
      element('div', { class: 'rows', attributes: { role: 'rowgroup' } }, head),
      ...groups.flatMap((group) => this.drawGroup(group)),
      ...(groups.length === 0
        ? [
            element(
              'div',
              { attributes: { role: 'rowgroup' } },
              element('div', { attributes: { role: 'row' } }, element('div', { attributes: { role: 'cell' } }, none)),
            ),
          ]
        : []),
    ];
  }

  private drawHead(side: SideState, name: Side, oneFlow: boolean): HTMLElement {
    const attempt = link(`Attempt ${side.number}`, {
      key: `history-${name}`,
      title: 'Show it in the history',
      onPress: () => this.host.send({ type: 'openHistory', side: name }),
    });
    return element(
      'span',
      { class: `cell-${name}`, attributes: { role: 'columnheader', id: `head-${name}` } },
      attempt,
      badge(attemptLook(side.display)),
      oneFlow ? null : element('span', { class: 'secondary', text: side.flow }),
    );
  }

  private drawGroup(group: GroupState): readonly HTMLElement[] {
    const title = element(
      'div',
      { class: 'row', attributes: { role: 'row' } },
      element(
        'div',
        { class: 'group-title', attributes: { role: 'cell', 'aria-colspan': '4' } },
        element('h2', { text: group.title }),
        element('div', { class: 'actions' }, this.groupAction(group)),
      ),
    );
    return [
      element(
        'div',
        { class: 'rows', attributes: { role: 'rowgroup' } },
        title,
        ...group.rows.map((row) => this.drawRow(row)),
      ),
    ];
  }

  /** The differences of a whole group in VS Code's own diff editor, where there are some. */
  private groupAction({ id }: GroupState): HTMLElement | null {
    const { shown } = this;
    if (id === 'notebooks' && shown?.canDiff === true) {
      return button({
        label: 'Open all diffs',
        icon: 'diff-multiple',
        look: 'quiet',
        onPress: () => this.host.send({ type: 'diffAll' }),
      });
    }
    return id === 'source' && shown?.canDiffSource === true
      ? button({
          label: 'Open flow diff',
          icon: 'diff',
          look: 'quiet',
          onPress: () => this.host.send({ type: 'diffSource' }),
        })
      : null;
  }

  private drawRow(row: RowState): HTMLElement {
    const cell = (name: Side): HTMLElement =>
      element(
        'div',
        { class: `cell-${name}`, attributes: { role: 'cell' } },
        ...drawCell(row[name], row, name, {
          onOpen: (side, index, beside) => this.host.send({ type: 'openNotebook', side, index, beside }),
          onCopyError: (side) => this.host.send({ type: 'copyError', side }),
        }),
      );
    const { diff } = row;
    const difference =
      diff === null
        ? element('span', { text: row.difference })
        : link(row.difference, {
            key: `diff-${diff}`,
            title: `Compare ${row.name}`,
            onPress: () => this.host.send({ type: 'diffNotebook', index: diff }),
          });
    return element(
      'div',
      { class: `row ${row.differs ? 'differs' : 'equal'}`, attributes: { role: 'row', 'data-row': row.id } },
      element(
        'div',
        { class: 'cell-name', attributes: { role: 'rowheader' } },
        row.level === null ? null : element('span', { class: `level level-${row.level}` }),
        element('span', { text: row.name }),
      ),
      cell('left'),
      cell('right'),
      element('div', { class: 'cell-difference', attributes: { role: 'cell' } }, difference),
    );
  }
}

new ComparePage();
