/** A fake Databricks workspace with the sample flows in it, set up, and what a window needs to know to use it. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { DatabricksAdministration } from '../../src/workspaces/databricks/administration';
import { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import type { Engine } from './fakeWorkspace/engine';
import { DEMO_TOKEN, FakeWorkspace } from './fakeWorkspace/fakeWorkspace';
import { repositoryRoot } from './hostPackage';
import { SAMPLE_FLOWS } from './hostTier';

const VOLUME = '/Volumes/main/default/nifi';

export interface DatabricksDemo {
  readonly fake: FakeWorkspace;
  readonly workspace: DatabricksWorkspace;
  /** VS Code's settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The environment of VS Code's process: sign-in and the certificate. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** @param engine shared with others; default: one of its own */
export async function startDemo(schema: string, agent: string, engine?: Engine): Promise<DatabricksDemo> {
  const fake = await FakeWorkspace.start(engine === undefined ? {} : { engine });
  cpSync(SAMPLE_FLOWS, fake.storage.onDisk(VOLUME), { recursive: true });
  const own = {
    host: fake.host,
    warehouseHttpPath: fake.warehouseHttpPath,
    catalog: 'spark_catalog',
    schema,
    volumePath: VOLUME,
    outputPath: '/Workspace/Shared/nifi-converted',
    agentNotebookPath: `/Workspace/Shared/${agent}`,
  };
  const settings: DatabricksSettings = {
    ...own,
    profile: '',
    flowsTable: 'nifi_flows',
    historyTable: 'nifi_conversion_history',
    compute: 'serverless',
    cluster: {},
    jobPermissions: [],
    emailOwner: false,
  };
  const workspace = await DatabricksWorkspace.open({
    settings: () => settings,
    network: { proxy: '', noProxy: [], extraCa: [fake.certificate] },
    env: { DATABRICKS_CONFIG_FILE: path.join(tmpdir(), 'no-such-databrickscfg'), PATH: '' },
    vault: { token: () => Promise.resolve(DEMO_TOKEN) },
    userAgent: 'nifi-accelerator/0.0.0',
    onWarehouseState: () => undefined,
    log: () => undefined,
  });
  const { signal } = new AbortController();
  await new DatabricksAdministration(workspace, { settings: () => settings, extensionPath: repositoryRoot }).setUp(
    () => undefined,
    signal,
  );
  await workspace.populate(() => undefined, signal);
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-demo-'));
  const certificate = path.join(folder, 'authority.pem');
  writeFileSync(certificate, fake.certificate);
  return {
    fake,
    workspace,
    settings: {
      'nifiAccelerator.runsOn': 'databricks',
      ...Object.fromEntries(Object.entries(own).map(([name, value]) => [`nifiAccelerator.${name}`, value])),
    },
    env: {
      DATABRICKS_HOST: fake.host,
      DATABRICKS_TOKEN: DEMO_TOKEN,
      DATABRICKS_CONFIG_FILE: path.join(folder, 'databrickscfg'),
      NODE_EXTRA_CA_CERTS: certificate,
    },
    stop: async () => {
      workspace.dispose();
      await fake.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** How many sample flows a populated place shows at least: one a file. */
export function sampleCount(): number {
  return readdirSync(SAMPLE_FLOWS, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.')).length;
}
