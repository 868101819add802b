/** Two attempts as the page that compares them shows them, made by the product's own functions. */
import type { ConversionReport } from '../../src/flows/conversionReport';
import type { SourceComponent, SourceCopy, SourceValue } from '../../src/flows/sourceCopy';
import type { Comparison } from '../../src/views/compare/protocol';
import { comparison, pathsByName, type ReadAttempt } from '../../src/views/compare/state';
import { attemptView, flowView } from './flowSamples';

type Level = ConversionReport['processors'][number]['level'];

export function processor(
  name: string,
  level: Level = 'converted',
  changes: Partial<ConversionReport['processors'][number]> = {},
): ConversionReport['processors'][number] {
  return {
    id: `id of ${name}`,
    name,
    type: `org.apache.nifi.processors.standard.${name.replaceAll(' ', '')}`,
    group: '',
    level,
    reason: '',
    group_id: '',
    cell: 0,
    gaps: [],
    notebook: '',
    ...changes,
  };
}

export function report(changes: Partial<ConversionReport> = {}): ConversionReport {
  return {
    converter_version: '0.4.1',
    source: {
      name: 'orders_ingest.json',
      format: 'flow-definition-json',
      sha256: 'a41f09c2'.repeat(8),
      size: 63_700,
      nifi_version: '1.26.0',
    },
    processors: [
      processor('Read orders'),
      processor('Split orders'),
      processor('Log orders', 'notNeeded'),
      processor('Call service', 'assisted'),
    ],
    connections: [{ from: 'Read orders', relationships: ['success'], to: 'Split orders' }],
    services: [],
    parameters: [
      { context: 'prod', name: 'target_schema', sensitive: false },
      { context: 'prod', name: 'kafka_password', sensitive: true },
    ],
    ...changes,
  };
}

/** A component as the copy of a flow has it, of the processor above by default. */
export function component(
  name: string,
  properties: Readonly<Record<string, SourceValue>> = {},
  changes: Partial<SourceComponent> = {},
): SourceComponent {
  const { id, type } = processor(name);
  return { kind: 'processor', id, name, type, group: '', settings: {}, properties: { ...properties }, ...changes };
}

export function sourceCopy(changes: Partial<SourceCopy> = {}): SourceCopy {
  return {
    version: 1,
    components: [
      component('Read orders', { 'Input Directory': '/data/orders' }, { settings: { 'Run schedule': '30 sec' } }),
      component('Split orders', { 'Header Line Count': '1', 'Line Split Count': '500' }),
      component('Log orders'),
      component('Call service', { Password: { secret: true } }),
    ],
    connections: [{ group: '', from: 'Read orders', relationships: ['success'], to: 'Split orders', settings: {} }],
    parameters: [
      { context: 'prod', name: 'target_schema', value: 'silver' },
      { context: 'prod', name: 'batch_size', value: '500' },
      { context: 'prod', name: 'kafka_password', value: { secret: true } },
    ],
    ...changes,
  };
}

const ERROR = `Validation failed: 27 of 38 checks passed after 3 iterations (limit 3).

02_enrich_orders, cell 7, line 14, column 22
  processor  Route by region (RouteOnAttribute, group Enrich)
  reason     the attribute order.region.code is read here, but no earlier
             step sets it; Split orders sets order.region only`;

const notebooks = ['01_read_orders', '02_enrich_orders', '03_write_silver'].map((name) => `/out/${name}.py`);

/** @param texts by notebook name; a name that is missing could not be read */
export function read(
  attempt: ReadAttempt['attempt'],
  made: ConversionReport | null,
  source: SourceCopy | null,
  texts: Readonly<Record<string, string>> = {},
): ReadAttempt {
  const flow = flowView({ flowId: attempt.flowId });
  return {
    attempt,
    flow,
    report: made,
    source,
    texts: new Map([...pathsByName({ attempt })].map(([name, path]) => [path, texts[name] ?? null])),
  };
}

export function older(): ReadAttempt {
  const attempt = attemptView(4, 176_800, 178, { generatedNotebooks: notebooks });
  return read(attempt, report(), sourceCopy(), {
    '01_read_orders': 'a\n',
    '02_enrich_orders': 'a\nb\nc\nd\n',
    '03_write_silver': 'z\n',
  });
}

export function newer(): ReadAttempt {
  const attempt = attemptView(5, 720, 184, {
    status: 'FAILED',
    validationPercentage: 71,
    iterations: 3,
    errorMessage: ERROR,
    triggeredBy: 'retry:data-eng',
    generatedNotebooks: notebooks,
  });
  const changed = report({
    source: {
      name: 'orders_ingest.json',
      format: 'flow-definition-json',
      sha256: '7be2d013'.repeat(8),
      size: 64_100,
      nifi_version: '1.26.0',
    },
    processors: [
      processor('Read orders'),
      processor('Split orders', 'manual'),
      processor('Route by region'),
      processor('Call service', 'assisted'),
    ],
    connections: [
      { from: 'Read orders', relationships: ['success'], to: 'Split orders' },
      { from: 'Split orders', relationships: ['splits'], to: 'Route by region' },
    ],
  });
  const copy = sourceCopy({
    components: [
      component('Read orders', { 'Input Directory': '/data/orders' }, { settings: { 'Run schedule': '5 min' } }),
      component('Split orders', { 'Header Line Count': '2', 'Remove Trailing Newlines': 'false' }),
      component('Route by region'),
      component('Call service', { Password: { secret: true } }),
    ],
    connections: [
      { group: '', from: 'Read orders', relationships: ['success'], to: 'Split orders', settings: {} },
      { group: '', from: 'Split orders', relationships: ['splits'], to: 'Route by region', settings: {} },
    ],
    parameters: [
      { context: 'prod', name: 'target_schema', value: 'silver_eu' },
      { context: 'prod', name: 'batch_size', value: '500' },
      { context: 'prod', name: 'kafka_password', value: { secret: true } },
    ],
  });
  return read(attempt, changed, copy, {
    '01_read_orders': 'a\n',
    '02_enrich_orders': 'a\nB\nc\nd\ne\n',
    '03_write_silver': 'z\n',
  });
}

/** The states of the page. */
export function comparisons(): Readonly<Record<string, Comparison>> {
  const bare = (number: number): ReadAttempt => read(attemptView(number, 5000 - number, 12), null, null);
  const otherFlow = (): ReadAttempt => ({
    ...newer(),
    flow: flowView({ flowId: 'billing', flowName: 'Billing export' }),
  });
  return {
    failed: comparison(older(), newer(), 'local'),
    withoutReport: comparison(bare(1), bare(2), 'databricks'),
    twoFlows: comparison(older(), otherFlow(), 'local'),
  };
}
