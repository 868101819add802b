/**
 * What the converter's `assess` says of an estate, as far as the product reads it, and the forms in which it leaves the
 * product. Pure.
 */
import * as z from 'zod/mini';
import type { LevelCounts } from './conversionReport';

const text = z._default(z.string(), '');
const count = z._default(z.number(), 0);
const list = <T extends z.ZodMiniType>(item: T): z.ZodMiniDefault<z.ZodMiniArray<T>> => z._default(z.array(item), []);

const levelsSchema = z.pipe(
  z._default(z.object({ converted: count, assisted: count, manual: count, not_needed: count }), {
    converted: 0,
    assisted: 0,
    manual: 0,
    not_needed: 0,
  }),
  z.transform(({ not_needed: notNeeded, ...rest }): LevelCounts => ({ ...rest, notNeeded })),
);

const flowSchema = z.object({
  source: z.string(),
  name: z.string(),
  format: text,
  nifi_version: z._default(z.nullable(z.string()), ''),
  canonical_hash: text,
  processors: count,
  levels: levelsSchema,
  /** Processors whose handler is not shipped yet. */
  planned: count,
  scripts: list(z.object({ engine: text, lines: count, name: text })),
  systems: list(
    z.object({ system: z.string(), directions: list(z.string()), processors: count, addresses: list(z.string()) }),
  ),
  schedules: z._default(
    z.object({
      strategies: z._default(z.record(z.string(), z.number()), {}),
      sources: list(z.object({ name: text, type: text, strategy: text, period: text })),
    }),
    { strategies: {}, sources: [] },
  ),
  /** Points to order flows by, not hours. */
  effort: count,
  findings: list(z.object({ code: z.string(), severity: text, message: text, name: text })),
  error: z.nullable(z.object({ reason: text, message: z.string(), line: z._default(z.nullable(z.number()), null) })),
});
export type AssessedFlow = z.infer<typeof flowSchema>;

const totalSchema = z.object({
  flows: z.number(),
  errors: count,
  processors: count,
  connections: count,
  levels: levelsSchema,
  planned: count,
  formats: z._default(z.record(z.string(), z.number()), {}),
  nifi_versions: z._default(z.record(z.string(), z.number()), {}),
  types: list(
    z.object({
      type: z.string(),
      count,
      flows: count,
      level: z.enum(['converted', 'assisted', 'manual', 'not_needed']),
      planned: z._default(z.boolean(), false),
      known: z._default(z.boolean(), true),
      target: text,
    }),
  ),
  systems: list(z.object({ system: z.string(), flows: count })),
  scripts: count,
  script_lines: count,
  findings: z._default(z.record(z.string(), z.number()), {}),
  effort: count,
  /** Sources, the quickest first. */
  order: list(z.string()),
  same_flow: list(z.object({ canonical_hash: text, sources: list(z.string()) })),
});

const assessmentSchema = z.object({
  version: z.literal(1),
  cancelled: z._default(z.boolean(), false),
  total: totalSchema,
  flows: z.array(flowSchema),
});
export type Assessment = z.infer<typeof assessmentSchema>;

/** Null where the text is no assessment of a form that this version knows. */
export function parseAssessment(content: string): Assessment | null {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return null;
  }
  const parsed = z.safeParse(assessmentSchema, value);
  return parsed.success ? parsed.data : null;
}

/** In the converter's own form, which `parseAssessment` reads: what is exported and what is kept. */
export function assessmentToJson(assessment: Assessment): string {
  const levelsOf = ({ notNeeded, ...rest }: LevelCounts): object => ({ ...rest, not_needed: notNeeded });
  const { total, flows } = assessment;
  const plain = {
    ...assessment,
    total: { ...total, levels: levelsOf(total.levels) },
    flows: flows.map((flow) => ({ ...flow, levels: levelsOf(flow.levels) })),
  };
  return `${JSON.stringify(plain, null, 1)}\n`;
}

const progressSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('start'), total: z.number() }),
  z.object({ event: z.literal('file'), done: z.number(), total: z.number(), source: z.string() }),
  z.object({ event: z.literal('end') }),
]);

/** Looking for files, fetching those that lie elsewhere, assessing. */
export const ASSESS_STAGES = ['look', 'fetch', 'assess'] as const;

export interface AssessProgress {
  readonly stage: (typeof ASSESS_STAGES)[number];
  readonly done: number;
  readonly total: number;
  /** The file looked at last; empty at the start. */
  readonly source: string;
}

/** A line that `assess --progress` wrote; null for anything else, which is for the log. */
export function parseProgress(line: string): AssessProgress | 'end' | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = z.safeParse(progressSchema, value);
  if (!parsed.success) {
    return null;
  }
  const { data } = parsed;
  switch (data.event) {
    case 'start':
      return { stage: 'assess', done: 0, total: data.total, source: '' };
    case 'file':
      return { stage: 'assess', done: data.done, total: data.total, source: data.source };
    case 'end':
      return 'end';
  }
}

/** Flows in the suggested order; those that could not be read come last. */
export function inSuggestedOrder({ flows, total }: Assessment): readonly AssessedFlow[] {
  const place = new Map(total.order.map((source, index) => [source, index]));
  return [...flows].sort((a, b) => (place.get(a.source) ?? flows.length) - (place.get(b.source) ?? flows.length));
}

/** A class name without its package. */
export function shortTypeName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

const CSV_COLUMNS: readonly (readonly [string, (flow: AssessedFlow, index: number) => string | number])[] = [
  ['order', (flow, index) => (flow.error === null ? index + 1 : '')],
  ['name', (flow) => flow.name],
  ['source', (flow) => flow.source],
  ['format', (flow) => flow.format],
  ['nifi_version', (flow) => flow.nifi_version ?? ''],
  ['processors', (flow) => flow.processors],
  ['converted', (flow) => flow.levels.converted],
  ['assisted', (flow) => flow.levels.assisted],
  ['manual', (flow) => flow.levels.manual],
  ['not_needed', (flow) => flow.levels.notNeeded],
  ['planned', (flow) => flow.planned],
  ['external_systems', (flow) => flow.systems.map(({ system }) => system).join('; ')],
  ['scripts', (flow) => flow.scripts.length],
  ['script_lines', (flow) => flow.scripts.reduce((sum, { lines }) => sum + lines, 0)],
  ['triggers', (flow) => triggersOf(flow).join('; ')],
  ['findings', (flow) => flow.findings.length],
  ['effort_points', (flow) => flow.effort],
  ['same_flow', (flow) => flow.canonical_hash],
  ['error', (flow) => flow.error?.message ?? ''],
];

/** Those that a schedule is told in. */
const PERIOD_UNITS: readonly (readonly [spelling: RegExp, seconds: number, unit: string])[] = [
  [/^(ms|milli|millis|millisecond|milliseconds)$/, 0.001, 'ms'],
  [/^(s|sec|secs|second|seconds)$/, 1, 's'],
  [/^(m|min|mins|minute|minutes)$/, 60, 'min'],
  [/^(h|hr|hrs|hour|hours)$/, 3600, 'h'],
  [/^(d|day|days)$/, 86_400, 'd'],
];

/** A period in one spelling, so that "60 sec" and "1 mins" count as the same; what is no period stays as it is. */
function everyPeriod(period: string): string {
  const [, amount = '', spelled = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(period) ?? [];
  const unit = PERIOD_UNITS.find(([spelling]) => spelling.test(spelled.toLowerCase()));
  if (unit === undefined) {
    return period.trim() === '' ? 'always' : `every ${period.trim()}`;
  }
  const seconds = Number(amount) * unit[1];
  if (seconds === 0) {
    return 'always';
  }
  const whole = PERIOD_UNITS.findLast(([, size]) => seconds >= size && Number.isInteger(seconds / size));
  const [size, name] = whole === undefined ? [unit[1], unit[2]] : [whole[1], whole[2]];
  return `every ${Number((seconds / size).toFixed(3))} ${name}`;
}

/** How a flow's sources are triggered, each kind once: `every 5 min`, `cron 0 0 * * * ?`. */
export function triggersOf({ schedules }: AssessedFlow): readonly string[] {
  return [
    ...new Set(
      schedules.sources.map(({ strategy, period }) =>
        strategy === 'CRON_DRIVEN' ? `cron ${period}` : everyPeriod(period),
      ),
    ),
  ];
}

/**
 * One row a flow in the suggested order (RFC 4180, lines end in CR LF). A value that a spreadsheet would take for a
 * formula gets an apostrophe in front.
 */
export function assessmentToCsv(assessment: Assessment): string {
  const cell = (value: string | number): string => {
    const plain = typeof value === 'number' ? String(value) : /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const lines = [
    CSV_COLUMNS.map(([name]) => name),
    ...inSuggestedOrder(assessment).map((flow, index) => CSV_COLUMNS.map(([, of]) => cell(of(flow, index)))),
  ];
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}

/** Flows named in the Markdown copy: a ticket is read, not searched. */
const MARKDOWN_FLOWS = 50;

/** For a ticket: the figures, then the flows in the suggested order. */
export function assessmentToMarkdown(assessment: Assessment, label: string): string {
  const { total } = assessment;
  const flows = inSuggestedOrder(assessment);
  const shown = flows.slice(0, MARKDOWN_FLOWS);
  const escape = (value: string): string =>
    value.replace(/\s+/g, ' ').replace(/[\\|`*_[\]<>~]/g, (sign) => (sign === '<' ? '&lt;' : `\\${sign}`));
  const rows = (header: readonly string[], cells: readonly (readonly (string | number)[])[]): readonly string[] => [
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '---').join(' | ')} |`,
    ...cells.map((line) => `| ${line.map((one) => escape(String(one))).join(' | ')} |`),
  ];
  const { levels } = total;
  return `${[
    `# NiFi estate: ${escape(label)}`,
    '',
    `${total.flows} flows with ${total.processors} processors; ${total.effort} points of effort.` +
      (total.errors > 0 ? ` ${total.errors === 1 ? 'One file' : `${total.errors} files`} could not be read.` : '') +
      (assessment.cancelled ? ' The assessment was stopped before its end.' : ''),
    '',
    `Processors: ${levels.converted} converted, ${levels.assisted} assisted, ${levels.manual} manual, ${levels.notNeeded} not needed.`,
    ...(total.systems.length === 0
      ? []
      : ['', `External systems: ${total.systems.map((one) => `${escape(one.system)} (${one.flows})`).join(', ')}.`]),
    '',
    '## Flows in the suggested order',
    '',
    ...rows(
      ['Flow', 'Processors', 'To do by hand', 'Systems', 'Effort'],
      shown.map((flow) =>
        flow.error === null
          ? [flow.name, flow.processors, flow.levels.assisted + flow.levels.manual, flow.systems.length, flow.effort]
          : [flow.source, '', flow.error.message, '', ''],
      ),
    ),
    ...(flows.length > shown.length ? ['', `and ${flows.length - shown.length} more.`] : []),
  ].join('\n')}\n`;
}
