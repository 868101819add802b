/** Answer first: which flow, in what state, what to do now. Only the title line stays in sight while the page scrolls. */
import { flowLook } from '../../src/views/format';
import type { HeaderState, ListState, ProblemState } from '../../src/views/historyPanel/protocol';
import { badge, setBadge } from '../components/badge';
import { relativeTime } from '../components/clock';
import { element, icon, Part, setAttribute, setHidden, setText } from '../components/dom';
import { notice } from '../components/notice';
import { fact, pathFact, placeFact } from '../components/where';
import { button, setButton, type ButtonOptions } from '../toolkit';

export interface HeaderEvents {
  readonly onPrimary: (action: 'start' | 'retry' | 'again' | 'cancel') => void;
  readonly onOpenNotebooks: () => void;
  readonly onOpenFlow: () => void;
  readonly onLocateFile: () => void;
  readonly onAssess: () => void;
  readonly onMend: () => void;
}

const PRIMARY: Readonly<Record<HeaderState['primary'], Pick<ButtonOptions, 'label' | 'icon' | 'look'>>> = {
  start: { label: 'Start conversion', icon: 'play', look: 'primary' },
  retry: { label: 'Retry', icon: 'refresh', look: 'primary' },
  again: { label: 'Convert again', icon: 'refresh', look: 'primary' },
  cancel: { label: 'Cancel', icon: 'debug-stop', look: 'secondary' },
  none: { label: '', look: 'secondary' },
};

export class Header {
  /** The line that sticks. */
  readonly bar: HTMLElement;
  /** What follows it and scrolls away. */
  readonly rest: HTMLElement;
  private readonly name = element('h1');
  private readonly status = badge(flowLook('notStarted'));
  private readonly primary: HTMLElement;
  private readonly notebooks: HTMLElement;
  private readonly assess: HTMLElement;
  private readonly openFlow: HTMLElement;
  private readonly where: Part<HeaderState>;
  private readonly problem: Part<ProblemState | null>;
  private readonly facts: Part<HeaderState>;
  private action: HeaderState['primary'] = 'none';

  constructor(private readonly events: HeaderEvents) {
    this.primary = button({
      ...PRIMARY.none,
      key: 'primary',
      onPress: () => {
        if (this.action !== 'none') {
          this.events.onPrimary(this.action);
        }
      },
    });
    this.notebooks = button({
      label: 'Open notebooks',
      icon: 'notebook',
      look: 'secondary',
      onPress: () => this.events.onOpenNotebooks(),
    });
    this.assess = button({
      label: 'Assess flow',
      icon: 'graph',
      look: 'secondary',
      onPress: () => this.events.onAssess(),
    });
    this.openFlow = button({
      label: 'Open flow file',
      icon: 'go-to-file',
      look: 'icon',
      onPress: () => this.events.onOpenFlow(),
    });
    const actions = element('div', { class: 'actions' }, this.primary, this.notebooks, this.assess, this.openFlow);
    this.bar = element(
      'header',
      { class: 'page-header' },
      element('div', { class: 'title' }, this.name, this.status, actions),
    );
    const where = element('div', { class: 'where' });
    const problem = element('div');
    const facts = element('dl', { class: 'facts' });
    this.rest = element('div', { class: 'header-rest' }, where, problem, facts);
    this.where = new Part(where, (state) => this.drawWhere(state));
    this.problem = new Part(problem, (state) => this.drawProblem(state));
    this.facts = new Part(facts, drawFacts);
    for (const hidden of [this.bar, this.rest]) {
      setHidden(hidden, true);
    }
    watchStuck(this.bar);
  }

  update(state: HeaderState | null, problem: ProblemState | null, list: ListState): void {
    setHidden(this.bar, state === null);
    setHidden(this.rest, state === null && problem === null);
    this.problem.update(problem);
    if (state === null) {
      return;
    }
    document.title = `History: ${state.name}`;
    setText(this.name, state.name);
    setBadge(this.status, flowLook(state.display));
    this.action = state.primary;
    setHidden(this.primary, state.primary === 'none');
    setButton(this.primary, { ...PRIMARY[state.primary], off: state.primaryOff });
    setHidden(this.notebooks, state.attempts === 0 || !state.can.openNotebooks);
    setHidden(this.assess, !state.can.assess || state.attempts > 0);
    setHidden(this.openFlow, !state.can.openFlow);
    this.where.update(state);
    this.facts.update(state);
    setAttribute(this.rest, 'aria-busy', list.phase === 'loading' ? 'true' : null);
  }

  private drawWhere(state: HeaderState): readonly HTMLElement[] {
    const file = state.fileExists
      ? pathFact(state.path)
      : element(
          'span',
          { class: 'fact', attributes: { title: state.path } },
          icon('warning'),
          element('span', { class: 'foreground', text: 'File not found' }),
          state.can.locateFile
            ? button({ label: 'Locate file', look: 'quiet', onPress: () => this.events.onLocateFile() })
            : element('span', { class: 'cut-start' }, element('bdi', { text: state.path })),
        );
    return [fact('server', 'Server', state.server), file, placeFact(state.runsOn)];
  }

  private drawProblem(state: ProblemState | null): readonly HTMLElement[] {
    if (state === null) {
      return [];
    }
    return [
      notice({
        tone: 'warning',
        icon: 'debug-disconnect',
        title: state.title,
        text: state.why,
        more: state.dataFrom === null ? [] : [' Shown is what was known ', relativeTime(state.dataFrom), '.'],
        button:
          state.button === null
            ? null
            : button({ label: state.button, look: 'secondary', onPress: () => this.events.onMend() }),
      }),
    ];
  }
}

function drawFacts(state: HeaderState): readonly HTMLElement[] {
  const fact = (name: string, ...value: readonly (Node | string)[]): HTMLElement =>
    element('div', {}, element('dt', { text: name }), element('dd', {}, ...value));
  const facts = [
    fact('Attempts', element('b', { text: String(state.attempts) })),
    fact('Successes', element('b', { text: String(state.successes) })),
  ];
  if (state.firstAt !== null) {
    facts.push(fact('First', relativeTime(state.firstAt)));
  }
  if (state.lastAt !== null) {
    facts.push(fact('Last', relativeTime(state.lastAt)));
  }
  if (state.changedSince !== null) {
    facts.push(fact('Source', `changed since attempt ${state.changedSince}`));
  }
  return facts;
}

/** A line under the bar, only while something has scrolled beneath it. */
function watchStuck(bar: HTMLElement): void {
  const update = (): void => {
    bar.classList.toggle('stuck', window.scrollY > 4);
  };
  window.addEventListener('scroll', update, { passive: true });
  update();
}
