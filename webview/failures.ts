/** The page of failures by cause: each cause a line that unfolds to its newest error and its flows. */
import './failures.css';
import { formatCount } from '../src/views/format';
import {
  parseHostMessage,
  parseSavedState,
  type CauseState,
  type FailuresState,
  type FlowState,
  type HostMessage,
  type PageMessage,
} from '../src/views/failures/protocol';
import { relativeTime, startClock } from './components/clock';
import { element, icon, Part, setHidden, setText } from './components/dom';
import { unread } from './components/notice';
import { Host } from './components/page';
import { textBlock } from './components/textBlock';
import { button, link } from './toolkit';

class FailuresPage {
  private readonly host = new Host<PageMessage>();
  private readonly count = element('p', { class: 'secondary', attributes: { role: 'status' } });
  private readonly failure = new Part<string | null>(element('div'), (message) =>
    unread('The failures could not be read.', message, () => this.host.send({ type: 'tryAgain' })),
  );
  private readonly list = new Part<unknown>(element('div', { class: 'causes' }), () => this.drawCauses());
  private readonly waiting = element('p', { class: 'secondary empty-page', text: 'Reading the attempts that failed' });
  private readonly open: Set<string>;
  private state: FailuresState | null = null;

  constructor() {
    this.open = new Set(parseSavedState(this.host.saved)?.open);
    document.body.append(
      element(
        'header',
        { class: 'page-header' },
        element('div', { class: 'title' }, element('h1', { text: 'Failures by cause' })),
        this.count,
      ),
      element('main', {}, this.host.refused, this.failure.host, this.waiting, this.list.host),
    );
    this.failure.update(null);
    this.keep();
    this.host.listen(parseHostMessage, (message) => this.receive(message));
    startClock();
    this.host.send({ type: 'ready' });
  }

  private receive(message: HostMessage): void {
    setHidden(this.waiting, true);
    switch (message.type) {
      case 'causes':
        this.state = message.state;
        this.failure.update(null);
        this.draw();
        break;
      case 'failed':
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

  private draw(): void {
    const { state } = this;
    if (state === null) {
      return;
    }
    const flows = formatCount(state.flowCount, 'flow');
    setText(
      this.count,
      state.flowCount === 0
        ? 'No flow needs attention.'
        : `${flows} ${state.flowCount === 1 ? 'needs' : 'need'} attention, for ${formatCount(state.causeCount, 'cause')}, after ${formatCount(state.attemptCount, 'failed attempt')}`,
    );
    this.list.update([state, [...this.open]]);
  }

  private toggle(cause: string): void {
    if (!this.open.delete(cause)) {
      this.open.add(cause);
    }
    this.keep();
    this.draw();
  }

  private keep(): void {
    this.host.keep({ open: [...this.open] });
  }

  private drawCauses(): readonly HTMLElement[] {
    const { state } = this;
    if (state === null) {
      return [];
    }
    if (state.causes.length === 0) {
      return [
        element(
          'div',
          { class: 'empty-page' },
          element('h2', { text: 'Nothing has failed' }),
          element('p', {
            class: 'secondary',
            text: 'Flows whose newest attempt failed appear here, together with others that failed for the same cause.',
          }),
        ),
      ];
    }
    const rest = state.causeCount - state.causes.length;
    const more = button({
      label: `Show more (${rest})`,
      look: 'quiet',
      key: 'more',
      onPress: () => this.host.send({ type: 'showMore' }),
    });
    return [...state.causes.map((cause) => this.drawCause(cause)), ...(rest > 0 ? [more] : [])];
  }

  private drawCause(cause: CauseState): HTMLElement {
    const unfolded = this.open.has(cause.id);
    const body = `body-${cause.id}`;
    const title = cause.title === '' ? 'No error was recorded' : cause.title;
    const toggle = element(
      'button',
      {
        class: 'unfold',
        attributes: {
          type: 'button',
          'aria-expanded': String(unfolded),
          'data-key': `unfold-${cause.id}`,
          ...(unfolded ? { 'aria-controls': body } : {}),
        },
      },
      icon(unfolded ? 'chevron-down' : 'chevron-right'),
      element('span', { class: 'cause-title', attributes: { id: `title-${cause.id}` } }, ...titleParts(title)),
    );
    toggle.addEventListener('click', () => this.toggle(cause.id));
    const actions = element(
      'div',
      { class: 'actions' },
      button({
        label: cause.flowCount === 1 ? 'Retry' : `Retry ${cause.flowCount} flows`,
        icon: 'refresh',
        look: 'secondary',
        key: `retry-${cause.id}`,
        onPress: () => this.host.send({ type: 'retry', cause: cause.id }),
      }),
      button({
        label: `Open the ${cause.flowCount === 1 ? 'history' : 'histories'} of: ${title}`,
        icon: 'history',
        look: 'icon',
        key: `open-${cause.id}`,
        onPress: () => this.host.send({ type: 'open', cause: cause.id }),
      }),
    );
    return element(
      'section',
      { class: 'cause', attributes: { 'data-cause': cause.id, 'aria-labelledby': `title-${cause.id}` } },
      element('h2', {}, toggle),
      element('p', { class: 'facts secondary' }, ...facts(cause)),
      actions,
      unfolded ? this.drawBody(cause, body) : null,
    );
  }

  private drawBody(cause: CauseState, id: string): HTMLElement {
    const copy = button({
      label: 'Copy',
      icon: 'copy',
      look: 'quiet',
      key: `copy-${cause.id}`,
      onPress: () => this.host.send({ type: 'copy', cause: cause.id }),
    });
    const rest = cause.flowCount - cause.flows.length;
    return element(
      'div',
      { class: 'cause-body', attributes: { id } },
      ...(cause.example === ''
        ? []
        : [
            element(
              'div',
              { class: 'section-bar' },
              element('h3', { text: 'Newest error', attributes: { id: `error-${cause.id}` } }),
              element('div', { class: 'actions' }, copy),
            ),
            textBlock(cause.example, `error-${cause.id}`, 'bad'),
          ]),
      element('div', { class: 'section-bar' }, element('h3', { text: 'Flows' })),
      element('ul', { class: 'lines' }, ...cause.flows.map((flow) => this.drawFlow(flow, cause.id))),
      rest > 0 ? element('p', { class: 'secondary', text: `and ${rest} more` }) : null,
    );
  }

  private drawFlow(flow: FlowState, cause: string): HTMLElement {
    return element(
      'li',
      {},
      icon('warning'),
      link(flow.name, {
        key: `flow-${cause}-${flow.flowId}`,
        title: `Open the history of ${flow.name}`,
        onPress: () => this.host.send({ type: 'openHistory', flowId: flow.flowId }),
      }),
      element('span', { class: 'secondary', text: flow.server }),
      flow.failedAt === null
        ? null
        : element('span', { class: 'secondary actions' }, 'failed ', relativeTime(flow.failedAt)),
    );
  }
}

/** What was taken out of the errors stands back behind what they have in common. */
function titleParts(title: string): readonly (Node | string)[] {
  return title
    .split(/(‹[a-z]+›)/)
    .map((part) => (/^‹/.test(part) ? element('span', { class: 'secondary', text: part }) : part));
}

function facts(cause: CauseState): readonly (Node | string)[] {
  const counts = `${formatCount(cause.flowCount, 'flow')}, ${formatCount(cause.attempts, 'failed attempt')}`;
  const { firstSeen, lastSeen } = cause;
  if (firstSeen === null || lastSeen === null) {
    return [counts];
  }
  return firstSeen === lastSeen
    ? [`${counts}, seen `, relativeTime(lastSeen)]
    : [`${counts}, first seen `, relativeTime(firstSeen), ', last ', relativeTime(lastSeen)];
}

new FailuresPage();
