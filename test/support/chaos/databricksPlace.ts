/** Chaos on Databricks: everything that the fake workspace can let go wrong, by chance and with a seed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { flowIdOf } from '../../../src/flows/ids';
import { JOB_TAG } from '../../../src/workspaces/databricks/jobSettings';
import type { DatabricksSettings } from '../../../src/workspaces/databricks/settings';
import { databricksDialect } from '../../../src/workspaces/databricks/sql/databricksDialect';
import { openWorkspace, settingsFor, setUpTables } from '../../databricks/databricksSubject';
import { never } from '../../databricks/fixtures';
import { EngineError } from '../fakeWorkspace/engineError';
import type { FakeWorkspace } from '../fakeWorkspace/fakeWorkspace';
import type { FaultRule, HttpFault, RunFault, StatementFault } from '../fakeWorkspace/faults';
import { DUMMY_AGENT, TEMPLATE } from '../localWindow';
import type { ChaosPlace } from './chaos';

const OFTEN = { times: Number.POSITIVE_INFINITY };
const REST = /^\w+ \/api\//;
const SQL = /^POST \/sql\//;

/** A slow statement is asked for ten times a second: what befalls these calls is counted, not only left to chance. */
const HTTP_FAULTS: readonly FaultRule<HttpFault>[] = [
  { on: REST, chance: 0.03, fault: { kind: 'status', status: 429, retryAfterSeconds: 1 } },
  { on: REST, chance: 0.02, fault: { kind: 'status', status: 500 } },
  { on: REST, chance: 0.03, fault: { kind: 'status', status: 503, retryAfterSeconds: 0 } },
  { on: REST, chance: 0.03, fault: { kind: 'cutBefore' } },
  { on: REST, chance: 0.03, fault: { kind: 'cutAfter' } },
  { on: REST, chance: 0.05, fault: { kind: 'slow', milliseconds: 400 } },
  { on: REST, chance: 0.02, fault: { kind: 'tokenExpires' } },
  { on: SQL, chance: 0.05, times: 4, fault: { kind: 'status', status: 503 } },
  { on: SQL, chance: 0.05, times: 3, fault: { kind: 'cutBefore' } },
  { on: SQL, chance: 0.05, times: 4, fault: { kind: 'cutAfter' } },
  { on: SQL, chance: 0.02, times: 3, fault: { kind: 'tokenExpires' } },
  { on: SQL, chance: 0.02, times: 3, fault: { kind: 'warehouseStops' } },
];
const CONFLICT = new EngineError(
  '[DELTA_CONCURRENT_APPEND.WITHOUT_HINT] Files were added by a concurrent update. SQLSTATE: 2D521',
  'DELTA_CONCURRENT_APPEND.WITHOUT_HINT',
  '2D521',
);
const STATEMENT_FAULTS: readonly FaultRule<StatementFault>[] = [
  { on: /^(MERGE|INSERT|UPDATE)/, chance: 0.15, fault: CONFLICT },
];
const RUN_FAULTS: readonly FaultRule<RunFault>[] = [
  { on: /./, chance: 0.1, fault: { kind: 'clusterNeverStarts', givenUpAfterMs: 3_000 } },
  { on: /./, chance: 0.05, fault: { kind: 'clusterNeverStarts', givenUpAfterMs: Number.POSITIVE_INFINITY } },
  { on: /./, chance: 0.1, fault: { kind: 'agentDies', afterMs: 1_500 } },
  { on: /./, chance: 0.1, fault: { kind: 'agentNeverReports' } },
];

/** Over a fake workspace of its own: jobs of others would count as ours. */
export async function databricksPlace(
  fake: FakeWorkspace,
  schema: string,
  starts: number,
): Promise<ChaosPlace & { readonly settings: DatabricksSettings; dispose(): void }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-chaos-'));
  const profiles = path.join(folder, 'databrickscfg');
  // A principal whose token can expire and be renewed.
  writeFileSync(profiles, `[CHAOS]\nhost = ${fake.host}\nclient_id = principal\nclient_secret = principal-secret\n`);
  const settings = settingsFor(fake, { schema, outputPath: '/Workspace/Shared/converted' });
  const workspace = await openWorkspace(fake, settings);
  await setUpTables(workspace, settings);
  await workspace.files.importNotebook(settings.agentNotebookPath, readFileSync(DUMMY_AGENT), never);
  const source = path.posix.join(settings.volumePath, schema);
  mkdirSync(fake.storage.onDisk(source), { recursive: true });
  const flows = Array.from({ length: starts }, (_each, index) => {
    const nifiXmlPath = `${source}/flow-${index}.xml`;
    writeFileSync(fake.storage.onDisk(nifiXmlPath), TEMPLATE);
    const flowName = `Flow ${index}`;
    return { flowId: flowIdOf(nifiXmlPath), flowName, server: 'east', nifiXmlPath, description: null };
  });
  await workspace.store.registerFlows(flows, never);
  return {
    workspace,
    settings,
    sql: workspace.sql,
    flowsTable: databricksDialect(settings.catalog, settings.schema).table(settings.flowsTable),
    forWindows: {
      kind: 'databricks',
      settings: { ...settings, host: '', profile: 'CHAOS' },
      authority: fake.certificate,
      env: { DATABRICKS_CONFIG_FILE: profiles, PATH: '' },
    },
    flowIds: flows.map((flow) => flow.flowId),
    storm: () => {
      fake.resetCounts();
      HTTP_FAULTS.forEach((rule) => fake.faults.add({ ...OFTEN, ...rule }));
      STATEMENT_FAULTS.forEach((rule) => fake.statementFaults.add({ ...OFTEN, ...rule }));
      RUN_FAULTS.forEach((rule) => fake.runFaults.add({ ...OFTEN, ...rule }));
      return async () => {
        for (const plan of [fake.faults, fake.statementFaults, fake.runFaults]) plan.rest();
      };
    },
    jobs: async () =>
      [...fake.jobs.jobs.values()].map((job) => {
        const runs = [...fake.jobs.runs.values()].filter((run) => run.job.id === job.id);
        return {
          jobId: job.id,
          attemptId: job.settings.tags?.[JOB_TAG.attempt] ?? '',
          runIds: runs.map((run) => run.id),
          active: runs.some((run) => run.endedAt === 0),
        };
      }),
    counts: () => {
      const counts: Record<string, number> = {};
      const add = (name: string, count: number): void => void (counts[name] = (counts[name] ?? 0) + count);
      for (const { fault, hits } of fake.faults.hits) {
        add(fault.kind === 'status' ? `status ${fault.status}` : fault.kind, hits);
      }
      for (const { hits } of fake.statementFaults.hits) add('Delta conflicts', hits);
      for (const { fault, hits } of fake.runFaults.hits) add(fault.kind, hits);
      const calls = [...fake.calls.values()].reduce((sum, count) => sum + count, 0);
      return { ...counts, calls, statements: fake.statements.length };
    },
    dispose: () => {
      workspace.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
