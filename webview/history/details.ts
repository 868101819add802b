/**
 * What is known of the selected attempt: what happened and the one mending action, the whole error, its notebooks, what
 * became of the processors, and the run. Each part is drawn anew only when it changed, so that a selection in the error
 * text outlives the updates of a running attempt.
 */
import { attemptLook, formatDuration } from '../../src/views/format';
import type { DetailsState, HeaderState, RowState } from '../../src/views/historyPanel/protocol';
import { badge } from '../components/badge';
import { elapsedSince, relativeTime, setRelativeTime } from '../components/clock';
import { coverageBar, coverageLegend, levelsTotal } from '../components/coverage';
import { element, icon, Part, setHidden } from '../components/dom';
import { Meter } from '../components/meter';
import { textBlock } from '../components/textBlock';
import { button, link } from '../toolkit';

export interface DetailsEvents {
  readonly onOpenNotebook: (attemptId: string, index: number, beside: boolean) => void;
  readonly onDiffNotebook: (attemptId: string, index: number) => void;
  readonly onOpenLog: (attemptId: string) => void;
  readonly onOpenSource: (attemptId: string) => void;
  readonly onCopyError: (attemptId: string) => void;
  readonly onBack: () => void;
}

export interface DetailsInput {
  readonly row: RowState;
  /** Null until the host has sent them. */
  readonly details: DetailsState | null;
  readonly can: HeaderState['can'];
  readonly runsOn: HeaderState['runsOn'];
  /** Shortest and longest duration of earlier successes, in seconds; null where there are none. */
  readonly earlier: readonly [number, number] | null;
}

interface TitleInput extends Pick<RowState, 'attemptId' | 'number' | 'display'> {
  readonly log: boolean;
  readonly runsOn: HeaderState['runsOn'];
}

/** After this long without a word from a run its age is said as a warning: three polls of an unfocused window. */
const STALE_MS = 90_000;

export class Details {
  readonly host: HTMLElement;
  private readonly heading = element('h2', { attributes: { tabindex: '-1' } });
  private readonly title: Part<TitleInput>;
  private readonly happened: Part<unknown>;
  private readonly live: Part<unknown>;
  private readonly error: Part<unknown>;
  private readonly notebooks: Part<unknown>;
  private readonly coverage: Part<DetailsState['coverage']>;
  private readonly run: Part<unknown>;
  private readonly meter = new Meter('Progress');
  private input: DetailsInput | null = null;

  constructor(private readonly events: DetailsEvents) {
    const part = (className: string): HTMLElement => element('section', { class: className });
    const title = element('div', { class: 'section-bar' });
    const happened = element('div');
    const [live, error, notebooks] = [part('part'), part('part'), part('part')];
    const [coverage, run] = [part('part'), part('part')];
    this.host = element(
      'section',
      { class: 'details', attributes: { 'aria-label': 'Details' } },
      title,
      happened,
      element(
        'div',
        { class: 'columns' },
        element('div', {}, live, error, notebooks),
        element('div', {}, coverage, run),
      ),
    );
    this.title = new Part(title, (row) => this.drawTitle(row));
    this.happened = new Part(happened, () => this.drawHappened());
    this.live = new Part(live, () => this.drawLive());
    this.error = new Part(error, () => this.drawError());
    this.notebooks = new Part(notebooks, () => this.drawNotebooks());
    this.coverage = new Part(coverage, drawCoverage);
    this.run = new Part(run, () => this.drawRun());
    setHidden(this.host, true);
    this.host.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.preventDefault();
        this.events.onBack();
      }
    });
  }

  /** Shows an attempt, or nothing. */
  update(input: DetailsInput | null): void {
    setHidden(this.host, input === null);
    this.input = input;
    if (input === null) {
      return;
    }
    const { row, details, can, earlier, runsOn } = input;
    const attempt = row.attemptId;
    const log = can.openLog && details !== null && details.runId !== null;
    this.title.update({ attemptId: attempt, number: row.number, display: row.display, log, runsOn });
    this.happened.update([attempt, details?.sourceLine, can.openFlow]);
    this.live.update([attempt, row.active, row.display, row.message, earlier, row.seenAt === null]);
    this.showSeenAt(row.seenAt);
    this.tick();
    this.meter.update(row.progress, row.display !== 'unknown');
    this.error.update([attempt, details?.error]);
    this.notebooks.update([attempt, details?.notebooks, details?.diffWith, row.active, row.display, can.diff]);
    this.coverage.update(details?.coverage ?? null);
    const { active, startedAt, endedAt, durationSeconds } = row;
    this.run.update([attempt, active, startedAt, endedAt, durationSeconds, details]);
  }

  /** Moves the keyboard to the heading. */
  focus(): void {
    this.heading.focus();
  }

  /** What the clock changes: the word on a run that has gone quiet. */
  tick(): void {
    const seen = this.host.querySelector<HTMLElement>('[data-seen-at]');
    if (seen !== null) {
      seen.classList.toggle('stale', Date.now() - Date.parse(seen.dataset['seenAt'] ?? '') > STALE_MS);
    }
  }

  /** In place: a poll that brings nothing new must not disturb what is selected in the text. */
  private showSeenAt(seenAt: string | null): void {
    const seen = this.host.querySelector<HTMLElement>('[data-seen-at]');
    const time = seen?.querySelector('time') ?? null;
    if (seen !== null && time !== null && seenAt !== null) {
      seen.dataset['seenAt'] = seenAt;
      setRelativeTime(time, seenAt);
    }
  }

  private drawTitle(row: TitleInput): readonly HTMLElement[] {
    this.heading.textContent = `Attempt ${row.number}`;
    const log = button({
      label: row.runsOn === 'databricks' ? 'Open run' : 'Open log',
      icon: row.runsOn === 'databricks' ? 'link-external' : 'output',
      look: 'quiet',
      key: 'log',
      onPress: () => this.events.onOpenLog(row.attemptId),
    });
    return [this.heading, badge(attemptLook(row.display)), element('div', { class: 'actions' }, row.log ? log : null)];
  }

  private drawHappened(): readonly HTMLElement[] {
    const { row, details, can } = this.input ?? {};
    const line = details?.sourceLine;
    if (row === undefined || line === undefined || line === null || can?.openFlow !== true) {
      return [];
    }
    return [
      element(
        'div',
        { class: 'notice tone-bad' },
        icon('error'),
        element(
          'p',
          {},
          element('strong', { text: 'The flow file could not be read.' }),
          ` The fault is at line ${line}.`,
        ),
        button({
          label: `Open line ${line}`,
          look: 'secondary',
          key: 'source',
          onPress: () => this.events.onOpenSource(row.attemptId),
        }),
      ),
    ];
  }

  private drawLive(): readonly HTMLElement[] {
    const { row, earlier } = this.input ?? {};
    if (row === undefined || !row.active) {
      return [];
    }
    if (row.display === 'unknown') {
      return [
        element(
          'p',
          { class: 'plain' },
          ...(row.seenAt === null
            ? ['This run was not seen yet. ']
            : [
                'This run was last seen running ',
                element('span', { attributes: { 'data-seen-at': row.seenAt } }, relativeTime(row.seenAt)),
                '. ',
              ]),
          'It may have gone on or ended since. It is looked up again by itself; nothing is changed until it is seen.',
        ),
      ];
    }
    const facts = element('p', { class: 'secondary below' }, elapsedSince(row.startedAt), ' elapsed');
    if (earlier !== null && earlier !== undefined) {
      const [shortest, longest] = earlier.map(formatDuration);
      facts.append(
        shortest === longest
          ? `; earlier successes took ${shortest ?? ''}`
          : `; earlier successes took ${shortest ?? ''} to ${longest ?? ''}`,
      );
    }
    facts.append('.');
    if (row.seenAt !== null) {
      const sign = icon('warning');
      sign.classList.add('stale-sign');
      facts.append(
        ' ',
        element(
          'span',
          { attributes: { 'data-seen-at': row.seenAt } },
          sign,
          'Updated ',
          relativeTime(row.seenAt),
          '.',
        ),
      );
    }
    const message = row.message === '' ? attemptLook(row.display).label : row.message;
    return [element('div', { class: 'section-bar' }, element('h3', { text: message })), this.meter.host, facts];
  }

  private drawError(): readonly HTMLElement[] {
    const { row, details } = this.input ?? {};
    if (row === undefined || details?.error === null || details?.error === undefined) {
      return [];
    }
    const heading = element('h3', { text: 'Error', attributes: { id: 'error-heading' } });
    const copy = button({
      label: 'Copy',
      icon: 'copy',
      look: 'quiet',
      title: 'Copy the whole error',
      key: 'copy',
      onPress: () => this.events.onCopyError(row.attemptId),
    });
    return [
      element('div', { class: 'section-bar' }, heading, element('div', { class: 'actions' }, copy)),
      textBlock(details.error, 'error-heading', 'bad'),
    ];
  }

  private drawNotebooks(): readonly HTMLElement[] {
    const { row, details, can } = this.input ?? {};
    if (row === undefined || details === null || details === undefined) {
      return [];
    }
    const count = details.notebooks.length;
    const bar = element(
      'div',
      { class: 'section-bar' },
      element('h3', { text: 'Notebooks' }),
      count === 0 ? null : element('span', { class: 'secondary', text: String(count) }),
    );
    const later =
      row.active && row.display !== 'unknown'
        ? element('p', { class: 'secondary', text: 'More appear as they are written.' })
        : null;
    if (count === 0) {
      const none = row.active ? 'None so far.' : 'None were written.';
      return [bar, element('p', { class: 'secondary', text: row.display === 'unknown' ? 'Not known.' : none })];
    }
    const list = element('ul', { class: 'lines' });
    details.notebooks.forEach(({ name }, index) => {
      const actions = element('span', { class: 'actions' });
      if (can?.diff === true && details.diffWith !== null) {
        actions.append(
          button({
            label: `Compare ${name} with attempt ${details.diffWith}`,
            icon: 'diff',
            look: 'icon',
            key: `diff-${index}`,
            onPress: () => this.events.onDiffNotebook(row.attemptId, index),
          }),
        );
      }
      actions.append(
        button({
          label: `Open ${name} to the side`,
          icon: 'split-horizontal',
          look: 'icon',
          key: `beside-${index}`,
          onPress: () => this.events.onOpenNotebook(row.attemptId, index, true),
        }),
      );
      list.append(
        element(
          'li',
          {},
          icon('notebook'),
          link(name, {
            key: `notebook-${index}`,
            title: `Open ${name}`,
            onPress: () => this.events.onOpenNotebook(row.attemptId, index, false),
          }),
          actions,
        ),
      );
    });
    return [bar, list, later].filter((child) => child !== null);
  }

  private drawRun(): readonly HTMLElement[] {
    const { row, details } = this.input ?? {};
    if (row === undefined || details === null || details === undefined) {
      return [];
    }
    const list = element('dl', { class: 'values' });
    const add = (name: string, ...value: readonly (Node | string)[]): void =>
      list.append(element('dt', { text: name }), element('dd', {}, ...value));
    const unknown = (text: string): HTMLElement => element('span', { class: 'secondary', text });
    if (details.validation !== null) {
      add('Validation', `${details.validation}%`);
    } else if (row.active) {
      add('Validation', unknown('Not known yet'));
    }
    if (details.iterations !== null) {
      add('Iterations', String(details.iterations));
    }
    if (details.statusMessage !== null && !row.active) {
      add('Message', details.statusMessage);
    }
    add('Started', relativeTime(row.startedAt));
    if (row.endedAt !== null) {
      const took = row.durationSeconds === null ? '' : `, after ${formatDuration(row.durationSeconds)}`;
      add('Ended', relativeTime(row.endedAt), took);
    } else if (!row.active) {
      add('Ended', unknown('Not recorded'));
    }
    if (details.trigger !== null) {
      add('Trigger', details.trigger);
    }
    add('Run', details.runId ?? unknown(row.active ? 'Not started yet' : 'Never started'));
    return [element('div', { class: 'section-bar' }, element('h3', { text: 'Run' })), list];
  }
}

function drawCoverage(coverage: DetailsState['coverage']): readonly HTMLElement[] {
  if (coverage === null) {
    return [];
  }
  const total = levelsTotal(coverage);
  return [
    element(
      'div',
      { class: 'section-bar' },
      element('h3', { text: 'Coverage' }),
      element('span', { class: 'secondary', text: `${total} ${total === 1 ? 'processor' : 'processors'}` }),
    ),
    coverageBar(coverage),
    coverageLegend(coverage),
  ];
}
