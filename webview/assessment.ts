/** The page of an assessment: progress while it runs, then the estate's report, to be filtered, sorted and taken along. */
import './assessment.css';
import { formatCount } from '../src/views/format';
import {
  parseHostMessage,
  type FlowRow,
  type HostMessage,
  type PageMessage,
  type ReportState,
} from '../src/views/assessment/protocol';
import { counts } from './assessment/counts';
import { SortedTable } from './assessment/table';
import { relativeTime, startClock } from './components/clock';
import { choice, searchField } from './components/controls';
import { coverageBar, coverageLegend, levelsTotal } from './components/coverage';
import { element, icon, Part, setHidden, setText } from './components/dom';
import { Meter } from './components/meter';
import { notice } from './components/notice';
import { Host } from './components/page';
import { button, link } from './toolkit';

const FILTERS = [
  { value: 'all', label: 'All flows' },
  { value: 'byHand', label: 'With something to do by hand' },
  { value: 'clean', label: 'Nothing to do by hand' },
  { value: 'systems', label: 'With external systems' },
  { value: 'scripts', label: 'With scripts' },
  { value: 'twins', label: 'Found in several places' },
  { value: 'errors', label: 'Could not be read' },
] as const;
type Filter = (typeof FILTERS)[number]['value'];

const FITS: Readonly<Record<Filter, (row: FlowRow) => boolean>> = {
  all: () => true,
  byHand: (row) => row.levels.assisted + row.levels.manual > 0,
  clean: (row) => row.error === null && row.levels.assisted + row.levels.manual === 0,
  systems: (row) => row.systems.length > 0,
  scripts: (row) => row.scriptLines > 0,
  twins: (row) => row.twins > 0,
  errors: (row) => row.error !== null,
};

const LEVEL_NAMES = {
  converted: 'Converted',
  assisted: 'Assisted',
  manual: 'Manual',
  notNeeded: 'Not needed',
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
  private readonly flowsArea = element('section');
  private readonly flowCount = element('span', { class: 'secondary', attributes: { role: 'status' } });
  private readonly flows: SortedTable<FlowRow>;
  private readonly types: SortedTable<ReportState['types'][number]>;
  private readonly typesArea = element('section');
  private report: ReportState | null = null;
  private failed: Extract<HostMessage, { type: 'failed' }> | null = null;
  private query = '';
  private filter: Filter = 'all';
  private most = 1;

  constructor() {
    this.flows = new SortedTable('Flows in the suggested order', this.flowColumns());
    this.types = new SortedTable('Processor types', [
      { key: 'type', name: 'Type', value: (row) => row.name, draw: (row) => row.name },
      { key: 'count', name: 'Processors', figures: true, value: (row) => row.count, draw: (row) => String(row.count) },
      { key: 'flows', name: 'Flows', figures: true, value: (row) => row.flows, draw: (row) => String(row.flows) },
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
      { key: 'target', name: 'What it becomes', value: (row) => row.target, draw: (row) => row.target },
    ]);
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
    const search = searchField('Filter flows by name, place, system or version', (text) => {
      this.query = text.trim().toLowerCase();
      this.drawFlows();
    });
    const chosen = choice('Which flows', FILTERS, (value) => {
      this.filter = FILTERS.find((one) => one.value === value)?.value ?? 'all';
      this.drawFlows();
    });
    this.flowsArea.append(
      element('div', { class: 'section-bar' }, element('h2', { text: 'Flows in the suggested order' })),
      element('div', { class: 'toolbar' }, search, chosen, this.flowCount),
      this.flows.host,
    );
    this.typesArea.append(
      element('div', { class: 'section-bar' }, element('h2', { text: 'Processor types' })),
      this.types.host,
    );
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
        this.flowsArea,
        this.typesArea,
        this.rest.host,
      ),
    );
    this.draw(false);
    this.host.listen(parseHostMessage, (message) => this.receive(message));
    startClock(
      () => false,
      () => undefined,
    );
    this.host.send({ type: 'ready' });
  }

  private receive(message: HostMessage): void {
    switch (message.type) {
      case 'running': {
        const { done, total, source } = message;
        this.failed = null;
        this.name(message.label);
        setText(
          this.runningText,
          total === 0 ? 'Looking for flows' : `${done} of ${formatCount(total, 'file')} looked at. ${source}`,
        );
        this.meter.update(total === 0 ? 0 : Math.floor((100 * done) / total), true);
        this.draw(true);
        break;
      }
      case 'report':
        this.report = message.report;
        this.most = Math.max(1, ...message.report.flows.map(({ effort }) => effort));
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
    for (const area of [this.flowsArea, this.typesArea]) {
      setHidden(area, !there);
    }
    this.failure.update(this.failed);
    this.overview.update(there ? [report.at, report.figures, report.levels] : null);
    this.rest.update(there ? report : null);
    if (there) {
      this.name(report.label);
      this.label.replaceChildren(report.label, ', assessed ', relativeTime(report.at));
      this.types.update(report.types);
      this.drawFlows();
    }
  }

  private name(label: string): void {
    document.title = `Assessment: ${label}`;
    setText(this.label, label);
  }

  private drawFlows(): void {
    const rows = (this.report?.flows ?? []).filter((row) => FITS[this.filter](row) && this.matches(row));
    setText(this.flowCount, `${rows.length} of ${this.report?.flows.length ?? 0} shown`);
    this.flows.update(rows);
  }

  private matches(row: FlowRow): boolean {
    return (
      this.query === '' ||
      [row.name, row.place, row.format, row.nifiVersion, ...row.systems].some((text) =>
        text.toLowerCase().includes(this.query),
      )
    );
  }

  private flowColumns(): ConstructorParameters<typeof SortedTable<FlowRow>>[1] {
    return [
      {
        key: 'name',
        name: 'Flow',
        value: (row) => row.name,
        draw: (row) =>
          element(
            'div',
            { class: 'flow-name' },
            link(row.name, {
              key: `flow-${row.place}`,
              title: `Open ${row.place}`,
              onPress: () => this.host.send({ type: 'openSource', index: this.indexOf(row) }),
            }),
            element('span', { class: 'secondary cut-start', text: row.place, attributes: { title: row.place } }),
            row.error === null ? null : element('span', { class: 'flow-error' }, icon('warning'), row.error),
          ),
      },
      {
        key: 'order',
        name: 'Order',
        figures: true,
        value: (row) => row.order,
        draw: (row) => (row.order === 0 ? '–' : String(row.order)),
      },
      {
        key: 'processors',
        name: 'Processors',
        figures: true,
        value: (row) => row.processors,
        draw: (row) => String(row.processors),
      },
      {
        key: 'levels',
        name: 'By hand',
        figures: true,
        value: (row) => row.levels.assisted + row.levels.manual,
        draw: (row) =>
          levelsTotal(row.levels) === 0
            ? '–'
            : element(
                'div',
                { class: 'bar-cell' },
                String(row.levels.assisted + row.levels.manual),
                coverageBar(row.levels),
              ),
      },
      {
        key: 'systems',
        name: 'Systems',
        value: (row) => row.systems.length,
        draw: (row) => row.systems.join(', ') || '–',
      },
      {
        key: 'triggers',
        name: 'Triggers',
        value: (row) => row.triggers.join(),
        draw: (row) => row.triggers.join(', ') || '–',
      },
      {
        key: 'scripts',
        name: 'Script lines',
        figures: true,
        value: (row) => row.scriptLines,
        draw: (row) => String(row.scriptLines),
      },
      {
        key: 'effort',
        name: 'Effort',
        figures: true,
        value: (row) => row.effort,
        draw: (row) => this.drawEffort(row),
      },
    ];
  }

  private drawEffort(row: FlowRow): Node | string {
    if (row.error !== null) {
      return '–';
    }
    const bar = element('span', { class: 'effort-bar', attributes: { 'aria-hidden': 'true' } });
    bar.style.setProperty('width', `${(100 * row.effort) / this.most}%`);
    return element('div', { class: 'bar-cell' }, String(row.effort), element('span', { class: 'effort-track' }, bar));
  }

  private indexOf(row: FlowRow): number {
    return Math.max(0, this.report?.flows.indexOf(row) ?? 0);
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
    const { report } = this;
    if (report === null) {
      return [];
    }
    const { figures } = report;
    const fact = (name: string, value: string): readonly HTMLElement[] => [
      element('dt', { text: name }),
      element('dd', { text: value }),
    ];
    return [
      ...(report.cancelled
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
          'dl',
          { class: 'values' },
          ...fact('Flows', String(figures.flows)),
          ...fact('Processors', String(figures.processors)),
          ...fact('Effort', `${figures.effort} points: an order of size to sort flows by, not hours`),
          ...(figures.planned > 0
            ? fact(
                'Not yet converted',
                `${formatCount(figures.planned, 'processor')} of types whose conversion is planned`,
              )
            : []),
          ...(figures.errors > 0 ? fact('Could not be read', formatCount(figures.errors, 'file')) : []),
        ),
        element(
          'div',
          {},
          element('h2', { class: 'spoken', text: 'Processors by level' }),
          coverageBar(report.levels),
          coverageLegend(report.levels),
        ),
      ),
    ];
  }

  private drawRest(): readonly HTMLElement[] {
    const { report } = this;
    if (report === null || this.failed !== null) {
      return [];
    }
    return [
      counts('External systems', 'flows', report.systems),
      counts('Scripts', 'processors', report.scripts),
      counts('Triggers', 'flows', report.triggers),
      counts('To look at', 'times', report.findings),
      counts('Formats', 'flows', report.formats),
      report.same.length === 0
        ? null
        : element(
            'section',
            {},
            element('div', { class: 'section-bar' }, element('h2', { text: 'The same flow in several places' })),
            element(
              'ul',
              { class: 'same' },
              ...report.same.map(({ name, places }) =>
                element(
                  'li',
                  {},
                  element('strong', { text: name }),
                  element('span', { class: 'secondary', text: places.join(', ') }),
                ),
              ),
            ),
          ),
    ].filter((section) => section !== null);
  }
}

new AssessmentPage();
