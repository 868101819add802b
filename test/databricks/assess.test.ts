import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { parseAssessment } from '../../src/flows/assessment';
import { AcceleratorError } from '../../src/flows/errors';
import { assessFlows } from '../../src/nifi/converter/assessFlows';
import { fetchSources } from '../../src/nifi/converter/fetchSources';
import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { VolumeFiles } from '../../src/workspaces/databricks/volumeFiles';
import { WorkspaceFiles } from '../../src/workspaces/databricks/workspaceFiles';
import { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { repositoryRoot } from '../support/hostPackage';
import { SAMPLE_FLOWS } from '../support/hostTier';
import { openWorkspace, settingsFor } from './databricksSubject';
import { never, restFor } from './fixtures';

const VOLUME = '/Volumes/main/nifi/files';

describe('assessing flows that lie on Databricks', function () {
  this.timeout(120_000);
  let fake: FakeWorkspace;
  let workspace: DatabricksWorkspace;

  before(async () => {
    fake = await FakeWorkspace.start();
    await fake.makeVolume(VOLUME);
    const rest = await restFor(fake);
    const volumes = new VolumeFiles(rest);
    const sample = (name: string): Buffer => readFileSync(path.join(SAMPLE_FLOWS, name));
    await volumes.write(`${VOLUME}/csv.xml`, sample('prod-eu/csv-to-json-flow.xml'), never);
    await volumes.write(`${VOLUME}/packed.xml.gz`, gzipSync(sample('prod-eu/csv-to-json-flow.xml')), never);
    await new WorkspaceFiles(rest).importFile(
      '/Workspace/Shared/mongo.xml',
      sample('prod-us/MongoDB_Get_and_Put_Example.xml'),
      never,
    );
    workspace = await openWorkspace(fake, settingsFor(fake));
  });
  after(async () => {
    workspace.dispose();
    await fake.stop();
  });

  const copies = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('nifi-assess-'));

  it('reads volumes and workspace files, names them where they lie, and says which could not be read', async () => {
    const sources = [
      `${VOLUME}/csv.xml`,
      `dbfs:${VOLUME}/packed.xml.gz`,
      '/Workspace/Shared/mongo.xml',
      `${VOLUME}/gone.xml`,
    ];
    const progress: string[] = [];
    const before = copies();
    const fetched = await fetchSources({
      sources,
      read: (file, signal) => workspace.readFlowFile(file, signal),
      onProgress: ({ done, total }) => void progress.push(`${done}/${total}`),
      signal: never,
    });
    const converter = {
      python: 'python3',
      packagePath: path.join(repositoryRoot, 'notebooks'),
      environment: process.env,
      cachePath: path.join(repositoryRoot, 'out', 'pycache'),
    };
    const answer = await assessFlows(converter, {
      sources: fetched.sources,
      signal: never,
      onLine: () => undefined,
    });
    await fetched.dispose();
    assert.deepEqual(copies(), before, 'no copy stays');
    const found = fetched.inPlace(parseAssessment(answer.output) ?? assert.fail(answer.said));
    assert.deepEqual(found.flows.map(({ source }) => source).sort(), [...sources].sort());
    assert.equal(found.total.errors, 1);
    const gone = found.flows.find(({ error }) => error !== null);
    assert.equal(gone?.error?.message, `${VOLUME}/gone.xml does not exist any more.`);
    assert.deepEqual(found.total.same_flow[0]?.sources.toSorted(), sources.slice(0, 2).toSorted());
    assert.ok(found.total.order.every((source) => sources.includes(source)));
    assert.deepEqual(progress, ['0/4', '1/4', '2/4', '3/4', '4/4']);
  });

  it('stops in the middle when it is cancelled, and leaves nothing behind', async () => {
    const abort = new AbortController();
    const before = copies();
    const fetching = fetchSources({
      sources: Array.from({ length: 30 }, (_, index) => `${VOLUME}/csv.xml#${index}`).concat(`${VOLUME}/packed.xml.gz`),
      read: async (file, signal) => {
        abort.abort(new AcceleratorError('cancelled', 'The assessment was cancelled.'));
        return workspace.readFlowFile(file, signal);
      },
      onProgress: () => undefined,
      signal: abort.signal,
    });
    await assert.rejects(fetching, (error) => AcceleratorError.is(error, 'cancelled'));
    assert.deepEqual(copies(), before);
  });
});
