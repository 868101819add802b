/** The page of an assessment: progress while it runs, then the estate's report, to be filtered, sorted and taken along. */
import './assessment.css';
import { formatCount } from '../src/views/format';
import {
  parseHostMessage,
  parseSavedState,
  type HostMessage,
  type PageMessage,
  type ReportState,
} from '../src/views/assessment/protocol';
import { counts } from './assessment/counts';
import { filterOf, FlowsSection, type Filter } from './assessment/flows';
import { overview } from './assessment/overview';
import { typesTable } from './assessment/types';
import { relativeTime, startClock } from './components/clock';
import { element, Part, setHidden, setText } from './components/dom';
import { Meter } from './components/meter';
import { notice } from './components/notice';
import { Host } from './components/page';
import { button } from './toolkit';

/** What is done at each stage, with and without a number of files. */
const STAGES = {
  look: () => 'Looking for flows',
  fetch: (done: number, total: number) => `${done} of ${formatCount(total, 'file')} fetched.`,
  assess: (done: number, total: number) => `${done} of ${formatCount(total, 'file')} looked at.`,
} as const;

class AssessmentPage {
  private readonly host = new Host<PageMessage>();
  private readonly label = element('p', { class: 'secondary' });
  private readonly running = element('section', { class: 'running', attributes: { 'aria-label': 'Progress' } });
  private readonly runningText = element('p', { class: 'cut', attributes: { role: 'status' } });
  private readonly meter = new Meter('Files looked at');
  private readonly actions = element('div', { class: 'actions' });
  private readonly failure = new Part<unknown>(element('div'), () => this.drawFailure());
  private readonly overview = new Part<unknown>(element('div', { class: 'overview' }), () => this.drawOverview());
  private readonly rest = new Part<unknown>(element('div', { class: 'report-rest' }), () => this.drawRest());
  private readonly same = new Part<unknown>(element('section'), () => this.drawSame());
  private readonly flows: FlowsSection;
  private readonly types = typesTable();
  private readonly typesArea = element(
    'section',
    {},
    element('div', { class: 'section-bar' }, element('h2', { text: 'Processor types' })),
    this.types.host,
  );
  private report: ReportState | null = null;
  private failed: Extract<HostMessage, { type: 'failed' }> | null = null;
  private id: string | null = null;
  private query: string;
  private filter: Filter;

  constructor() {
    const saved = parseSavedState(this.host.saved);
    this.id = saved?.id ?? null;
    this.query = saved?.query ?? '';
    this.filter = filterOf(saved?.filter ?? '');
    this.flows = new FlowsSection(this.filter, this.query, {
      onOpen: (index) => this.host.send({ type: 'openSource', index }),
      onChange: (filter, query) => {
        this.filter = filter;
        this.query = query;
        this.keep();
      },
    });
    const take = (label: string, sign: string, message: PageMessage): HTMLElement =>
      button({ label, icon: sign, look: 'secondary', onPress: () => this.host.send(message) });
    this.actions.append(
      take('Export CSV', 'export', { type: 'export', format: 'csv' }),
      take('Export JSON', 'json', { type: 'export', format: 'json' }),
      take('Copy as Markdown', 'copy', { type: 'copyMarkdown' }),
      take('Assess again', 'refresh', { type: 'again' }),
    );
    const cancel = button({ label: 'Cancel', look: 'secondary', onPress: () => this.host.send({ type: 'cancel' }) });
    this.running.append(this.runningText, element('div', { class: 'running-line' }, this.meter.host, cancel));
    document.body.append(
      element(
        'header',
        { class: 'page-header' },
        element('div', { class: 'title' }, element('h1', { text: 'Estate assessment' }), this.actions),
        this.label,
      ),
      element(
        'main',
        {},
        this.host.refused,
        this.running,
        this.failure.host,
        this.overview.host,
        this.flows.host,
        this.rest.host,
        this.typesArea,
        this.same.host,
      ),
    );
    this.draw(false);
    this.host.listen(parseHostMessage, (message) => this.receive(message));
    startClock();
    this.host.send({ type: 'ready' });
  }

  private receive(message: HostMessage): void {
    switch (message.type) {
      case 'opened':
        this.id = message.id;
        this.keep();
        break;
      case 'running': {
        const { stage, done, total, source } = message;
        this.failed = null;
        this.name(message.label);
        setText(this.runningText, `${STAGES[stage](done, total)} ${source}`.trimEnd());
        this.meter.update(total === 0 ? 0 : Math.floor((100 * done) / total), true);
        this.draw(true);
        break;
      }
      case 'report':
        this.report = message.report;
        this.draw(false);
        this.host.announcer.say('Assessment ready');
        break;
      case 'failed':
        this.failed = message;
        this.name(message.label);
        this.draw(false);
        break;
      case 'refused':
        this.host.refuse(message.message);
        break;
      case 'copied':
        this.host.announcer.say('Copied as Markdown');
        break;
    }
  }

  private draw(running: boolean): void {
    const { report } = this;
    const there = report !== null && !running && this.failed === null;
    setHidden(this.running, !running);
    setHidden(this.actions, !there);
    for (const area of [this.flows.host, this.typesArea]) {
      setHidden(area, !there);
    }
    this.failure.update(this.failed);
    this.overview.update(there ? report : null);
    this.rest.update(there ? report : null);
    this.same.update(there ? report.same : null);
    if (there) {
      this.name(report.label);
      this.label.replaceChildren(report.label, ', assessed ', relativeTime(report.at));
      this.types.update(report.types);
      this.flows.update(report.flows);
    }
  }

  private name(label: string): void {
    document.title = `Assessment: ${label}`;
    setText(this.label, label);
  }

  /** For when the page is hidden or the window is loaded anew. */
  private keep(): void {
    if (this.id !== null) {
      this.host.keep({ id: this.id, query: this.query, filter: this.filter });
    }
  }

  private drawFailure(): readonly HTMLElement[] {
    const { failed } = this;
    if (failed === null) {
      return [];
    }
    const mend = button({ label: failed.button, look: 'secondary', onPress: () => this.host.send({ type: 'mend' }) });
    return [
      notice({
        tone: 'warning',
        icon: 'warning',
        title: 'There is no assessment.',
        text: failed.message,
        button: mend,
      }),
    ];
  }

  private drawOverview(): readonly HTMLElement[] {
    return this.report === null || this.failed !== null ? [] : overview(this.report);
  }

  private drawRest(): readonly HTMLElement[] {
    const { report } = this;
    if (report === null || this.failed !== null) {
      return [];
    }
    return [
      counts('External systems', 'flows', report.systems),
      counts('Triggers', 'flows', report.triggers),
      counts('Scripts', 'processors', report.scripts),
      counts('Formats', 'flows', report.formats),
      counts('To look at', 'times', report.findings),
    ].filter((section) => section !== null);
  }

  private drawSame(): readonly HTMLElement[] {
    const { report } = this;
    if (report === null || this.failed !== null || report.same.length === 0) {
      return [];
    }
    return [
      element('div', { class: 'section-bar' }, element('h2', { text: 'The same flow in several places' })),
      element(
        'ul',
        { class: 'same' },
        ...report.same.map(({ name, places }) =>
          element(
            'li',
            {},
            element('strong', { text: name }),
            element('ul', {}, ...places.map((place) => element('li', { class: 'secondary', text: place }))),
          ),
        ),
      ),
    ];
  }
}

new AssessmentPage();
