import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import * as z from 'zod/mini';

import { AcceleratorError } from '../../src/flows/errors';
import { DatabricksJobRunner } from '../../src/workspaces/databricks/jobs';
import { readAnswer, RestError, saysGone, toError } from '../../src/workspaces/databricks/rest/errors';
import { parseJson } from '../../src/workspaces/databricks/rest/json';
import { networkFor } from '../../src/workspaces/databricks/rest/network';
import { RestClient } from '../../src/workspaces/databricks/rest/restClient';
import { UndiciHttp } from '../../src/workspaces/databricks/rest/undiciHttp';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import { VolumeFiles } from '../../src/workspaces/databricks/volumeFiles';
import { WorkspaceFiles } from '../../src/workspaces/databricks/workspaceFiles';
import { DEMO_TOKEN, FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import type { Run } from '../support/fakeWorkspace/jobs';
import { chainFor, httpFor, never, restFor } from './fixtures';

const me = z.object({ userName: z.string() });
const ME = { method: 'GET', path: '/api/2.0/preview/scim/v2/Me', what: 'see who is signed in' } as const;
const ME_ROUTE = 'GET /api/2.0/preview/scim/v2/Me';

export const SETTINGS: DatabricksSettings = {
  host: '',
  profile: '',
  warehouseHttpPath: '',
  catalog: 'spark_catalog',
  schema: 'nifi',
  flowsTable: 'nifi_flows',
  historyTable: 'nifi_conversion_history',
  volumePath: '/Volumes/main/nifi/files',
  outputPath: '/Volumes/main/nifi/files/out',
  agentNotebookPath: '/Workspace/Shared/agent',
  compute: 'serverless',
  cluster: {},
  jobPermissions: [],
  emailOwner: false,
};

const REQUEST = {
  attemptId: 'flow-1_attempt_1',
  flowId: 'flow-1',
  jobName: 'NiFi conversion flow-1_attempt_1',
  owner: null,
  parameters: {
    flow_id: 'flow-1',
    nifi_xml_path: 'x',
    output_path: 'y',
    attempt_id: 'flow-1_attempt_1',
    delta_table: 'a.b.c',
  },
};

describe('REST client', () => {
  let fake: FakeWorkspace;
  before(async () => {
    fake = await FakeWorkspace.start();
  });
  after(() => fake.stop());
  beforeEach(() => {
    fake.faults.clear();
    fake.resetCounts();
  });

  it('waits as Retry-After says and tries again after 429 and 503', async () => {
    const pauses: number[] = [];
    const http = new UndiciHttp({
      network: (name) => networkFor(name, { proxy: '', noProxy: [], env: {}, extraCa: [fake.certificate] }),
      userAgent: 'test/0',
      pause: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
    });
    const rest = new RestClient(await chainFor(fake), http);
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'status', status: 429, retryAfterSeconds: 7 } });
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'status', status: 503 } });
    assert.deepEqual(await rest.json(ME, me, never), { userName: 'data-eng@example.com' });
    assert.equal(pauses.length, 2);
    assert.ok((pauses[0] ?? 0) >= 7000 && (pauses[0] ?? 0) < 8000, `waited ${pauses[0]} ms`);
    await http.close();
  });

  it('gives up after a bounded number of tries with the last answer', async () => {
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'status', status: 503 }, times: 100 });
    const rest = await restFor(fake);
    await assert.rejects(rest.json(ME, me, never), (error) => RestError.at(error)?.status === 503);
    assert.equal(fake.calls.get(ME_ROUTE), 6);
  });

  it('does not sit out a wait that is longer than its budget, but hands it on', async () => {
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'status', status: 429, retryAfterSeconds: 900 }, times: 100 });
    const rest = await restFor(fake);
    await assert.rejects(
      rest.json(ME, me, never),
      (error) => AcceleratorError.is(error, 'rateLimited') && error.details['retryAfterMs'] === 900_000,
    );
    assert.equal(fake.calls.get(ME_ROUTE), 1);
  });

  for (const status of [500, 503]) {
    it(`tries a read again after ${status}, and no call that is not repeatable`, async () => {
      const rest = await restFor(fake);
      fake.faults.add({ on: /./, fault: { kind: 'status', status } });
      assert.equal((await rest.json(ME, me, never)).userName, 'data-eng@example.com');
      fake.resetCounts();
      fake.faults.add({ on: /./, fault: { kind: 'status', status } });
      const create = { method: 'POST', path: '/api/2.2/jobs/create', body: {}, what: 'create the job' } as const;
      await assert.rejects(rest.json(create, me, never), (error) => RestError.at(error)?.status === status);
      assert.deepEqual([...fake.calls], [['POST /api/2.2/jobs/create', 1]]);
    });
  }

  it('tries a read again after a cut connection', async () => {
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'cutAfter' } });
    const rest = await restFor(fake);
    assert.equal((await rest.json(ME, me, never)).userName, 'data-eng@example.com');
  });

  it('renews a refused token once, then says that nobody is signed in', async () => {
    fake.tokens.set('dapi-second', 'second@example.com');
    let asked = 0;
    const vault = { token: () => Promise.resolve(++asked === 1 ? DEMO_TOKEN : 'dapi-second') };
    fake.expired.add(DEMO_TOKEN);
    const rest = await restFor(fake, { vault });
    assert.equal((await rest.json(ME, me, never)).userName, 'second@example.com');
    fake.expired.add('dapi-second');
    await assert.rejects(
      rest.json(ME, me, never),
      (error) => AcceleratorError.is(error, 'notSignedIn') && error.mend === 'signIn',
    );
    fake.expired.clear();
  });

  it('follows no redirect: the token would go along', async () => {
    fake.resetCounts();
    const headers = { location: `${fake.host}/elsewhere` };
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'status', status: 307, headers } });
    await assert.rejects((await restFor(fake)).json(ME, me, never), /see who is signed in/);
    assert.deepEqual([...fake.calls.keys()], [ME_ROUTE]);
  });

  it('carries no token in errors and log lines', async () => {
    const log: string[] = [];
    const rest = await restFor(fake, {}, log);
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'status', status: 429 } });
    await rest.json(ME, me, never);
    fake.forbidden.add(`data-eng@example.com ${ME_ROUTE}`);
    await assert.rejects(rest.json(ME, me, never), (error) => {
      assert.ok(AcceleratorError.is(error, 'noPermission'));
      assert.ok(!JSON.stringify([error.message, error.stack, error.details, log]).includes(DEMO_TOKEN));
      return true;
    });
    fake.forbidden.clear();
    assert.equal(log.length, 1);
  });

  it('is cancelled in the middle of a slow answer', async () => {
    fake.faults.add({ on: ME_ROUTE, fault: { kind: 'slow', milliseconds: 60_000 } });
    const cancel = new AbortController();
    const rest = await restFor(fake);
    const call = rest.json(ME, me, cancel.signal);
    setImmediate(() => cancel.abort());
    await assert.rejects(call, (error) => AcceleratorError.is(error, 'cancelled'));
  });

  it('leaves the process-wide dispatchers of undici as they were', async () => {
    // In a process of its own: this one has used undici already.
    const script = `
      const symbols = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((name) => Symbol.for(name));
      const foreign = { of: 'another extension' };
      Object.defineProperty(globalThis, symbols[0], { value: foreign, configurable: true, writable: true });
      const { UndiciHttp } = await import('./src/workspaces/databricks/rest/undiciHttp.ts');
      const http = new UndiciHttp({ network: () => ({ proxy: null, secureContext: null }), userAgent: 'test/0', pause: async () => {} });
      const request = { method: 'GET', url: 'https://127.0.0.1:9/', headers: {}, repeatable: false };
      const reason = await http.send(request, AbortSignal.timeout(20000)).catch((error) => error.reason);
      console.log(JSON.stringify([reason, globalThis[symbols[0]] === foreign, symbols[1] in globalThis]));`;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    assert.deepEqual(JSON.parse(stdout), ['offline', true, false]);
  });

  describe('jobs', () => {
    const runner = async (): Promise<DatabricksJobRunner> =>
      new DatabricksJobRunner(await restFor(fake), () => SETTINGS);

    it('makes one job though the answer to its creation was lost', async () => {
      fake.faults.add({ on: 'POST /api/2.2/jobs/create', fault: { kind: 'cutAfter' } });
      const id = await (await runner()).createJob({ ...REQUEST, jobName: 'lost after' }, never);
      assert.deepEqual(
        [...fake.jobs.jobs.values()].filter(({ settings }) => settings.name === 'lost after').map((job) => job.id),
        [id],
      );
    });

    it('makes one job though the call was lost before it took effect', async () => {
      fake.faults.add({ on: 'POST /api/2.2/jobs/create', fault: { kind: 'cutBefore' } });
      await (await runner()).createJob({ ...REQUEST, jobName: 'lost before' }, never);
      assert.equal([...fake.jobs.jobs.values()].filter(({ settings }) => settings.name === 'lost before').length, 1);
    });

    it('keeps 64-bit ids exact and finds a job by its exact name', async () => {
      const jobs = await runner();
      const id = await jobs.createJob({ ...REQUEST, jobName: 'Exact' }, never);
      assert.ok(!Number.isSafeInteger(Number(id)));
      assert.ok(fake.jobs.jobs.has(id));
      assert.deepEqual(await jobs.findJob('Exact', never), { jobId: id, runId: null });
      assert.equal(await jobs.findJob('exact', never), null);
    });

    it('says which setting is behind a refused cluster', async () => {
      const jobs = new DatabricksJobRunner(await restFor(fake), () => ({
        ...SETTINGS,
        compute: 'jobCluster',
        cluster: { spark_version: '13.3.x-scala2.12', node_type_id: 'nope', num_workers: 1 },
      }));
      await assert.rejects(jobs.createJob({ ...REQUEST, jobName: 'cluster' }, never), (error) => {
        return AcceleratorError.is(error, 'clusterRefused') && error.mend === 'pickCompute';
      });
    });

    it('tells a run that is gone from one that it may not see', async () => {
      const jobs = await runner();
      const reference = { attemptId: 'a', jobName: null, jobId: '1', runId: '12345', startedAt: new Date() };
      assert.deepEqual((await jobs.lookAt([reference], never)).get('a'), { kind: 'gone' });
      fake.forbidden.add('data-eng@example.com GET /api/2.2/jobs/runs/get');
      assert.equal((await jobs.lookAt([reference], never)).get('a')?.kind, 'notVisible');
      fake.forbidden.clear();
    });

    it('knows its own jobs by their tags', async () => {
      const jobs = await runner();
      const id = await jobs.createJob({ ...REQUEST, jobName: 'tagged' }, never);
      const owned = await jobs.ownedJobs(never);
      assert.deepEqual(
        owned
          .filter(({ jobId }) => jobId === id)
          .map(({ attemptId, flowId, active }) => ({ attemptId, flowId, active })),
        [{ attemptId: REQUEST.attemptId, flowId: 'flow-1', active: false }],
      );
      await jobs.deleteJob(id, never);
      await jobs.deleteJob(id, never);
      assert.equal(fake.jobs.jobs.has(id), false);
    });

    it('deletes no job without our tag, whatever a row says', async () => {
      const rest = await restFor(fake);
      const tasks = [{ task_key: 'a', notebook_task: { notebook_path: '/Shared/theirs' } }];
      const body = { name: 'of somebody else', tasks };
      const call = { method: 'POST', path: '/api/2.2/jobs/create', body, what: 'create the job' } as const;
      const { job_id: theirs } = await rest.json(call, z.object({ job_id: z.string() }), never);
      await assert.rejects((await runner()).deleteJob(theirs, never), /was not made by this extension/);
      assert.ok(fake.jobs.jobs.has(theirs));
    });

    describe('why a run failed', () => {
      /** A run that has ended in some way; nothing is executed for it. */
      const ended = async (name: string, result: string, message: string): Promise<Run> => {
        const jobs = await runner();
        fake.jobs.hold = true;
        const jobId = await jobs.createJob({ ...REQUEST, jobName: name }, never);
        const run = fake.jobs.runs.get(await jobs.startRun(jobId, name, never));
        fake.jobs.hold = false;
        assert.ok(run !== undefined);
        fake.jobs.finish(run.id, result, message);
        return run;
      };
      const why = async (run: Run): Promise<string | null> =>
        (await runner()).failureOf(
          { attemptId: 'a', jobName: null, jobId: run.job.id, runId: run.id, startedAt: new Date() },
          never,
        );

      it('comes from the output of the task: the run itself has none', async () => {
        const run = await ended('with a trace', 'FAILED', 'Workload failed, see run output for details');
        run.output = { state: 'FAILED', error: 'ValueError: no such column', trace: 'Traceback:\n  line 3' };
        assert.equal(await why(run), 'ValueError: no such column\n\nTraceback:\n  line 3');
      });

      it("is the cluster's own reason where no notebook ran", async () => {
        const reason = 'Cluster 7 was terminated: AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE';
        assert.equal(await why(await ended('without a cluster', 'FAILED', reason)), reason);
      });
    });
  });

  describe('files', () => {
    it('lists a folder of a volume over several pages', async () => {
      await fake.makeVolume('/Volumes/main/nifi/many');
      const volumes = new VolumeFiles(await restFor(fake));
      await volumes.makeFolder('/Volumes/main/nifi/many/ü & #1', never);
      await volumes.write('/Volumes/main/nifi/many/ü & #1/a?.txt', Buffer.from('content'), never);
      const names: string[] = [];
      for await (const entry of volumes.list('/Volumes/main/nifi/many/ü & #1', never)) {
        names.push(entry.name);
      }
      assert.deepEqual(names, ['a?.txt']);
      assert.equal((await volumes.readStart('/Volumes/main/nifi/many/ü & #1/a?.txt', 4, never)).toString(), 'cont');
    });

    it('imports notebooks and files, makes the missing folder, and replaces one by the other', async () => {
      const files = new WorkspaceFiles(await restFor(fake));
      const source = Buffer.from('# Databricks notebook source\nprint(1)\n');
      await files.importNotebook('/Workspace/Shared/deep/er/agent', source, never);
      assert.equal((await files.status('/Workspace/Shared/deep/er/agent', never))?.object_type, 'NOTEBOOK');
      await files.importNotebook('/Workspace/Shared/deep/er/agent', source, never);
      await files.importFile('/Workspace/Shared/deep/er/agent', Buffer.from('x'), never);
      assert.equal((await files.status('/Workspace/Shared/deep/er/agent', never))?.object_type, 'FILE');
      assert.equal((await files.read('/Workspace/Shared/deep/er/agent', never)).toString(), 'x');
      assert.equal(await files.status('/Workspace/Shared/nothing', never), null);
    });
  });

  after(() => httpFor(fake).close());
});

describe('error answers', () => {
  const answer = (status: number, text: string): ReturnType<typeof readAnswer> =>
    readAnswer({ status, headers: {}, bytes: Buffer.from(text), text });

  for (const [name, text, code, message] of [
    ['envelope', '{"error_code": "QUOTA_EXCEEDED", "message": "too many"}', 'QUOTA_EXCEEDED', 'too many'],
    ['OAuth', '{"error": "invalid_client", "error_description": "no"}', '', 'no'],
    ['SCIM', '{"detail": "who", "status": "404"}', '', 'who'],
    ['API 1.2', '{"error": "old"}', '', 'old'],
    ['plain text', 'INVALID_STATE: full', 'INVALID_STATE', 'full'],
    ['HTML with a reason', '<html><pre>denied</pre></html>', '', 'denied'],
    ['nothing', '', '', ''],
  ] as const) {
    it(`reads ${name}`, () => {
      const got = answer(400, text);
      assert.deepEqual({ code: got.code, message: got.message }, { code, message });
    });
  }

  it('takes both forms of "does not exist"', () => {
    assert.ok(saysGone(answer(400, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "Run 1 does not exist."}')));
    assert.ok(saysGone(answer(404, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "gone"}')));
    assert.ok(!saysGone(answer(403, '{"error_code": "PERMISSION_DENIED", "message": "does not exist"}')));
    assert.ok(!saysGone(answer(400, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "bad limit"}')));
  });

  for (const [status, code, reason] of [
    [401, '', 'notSignedIn'],
    [403, '', 'noPermission'],
    [404, '', 'notFound'],
    [429, '', 'rateLimited'],
    [400, 'QUOTA_EXCEEDED', 'quotaExceeded'],
    [409, '', 'conflict'],
    [500, '', 'platform'],
  ] as const) {
    it(`maps ${status} ${code} to ${reason}`, () =>
      assert.equal(toError('do it', answer(status, `{"error_code": "${code}", "message": "m"}`)).reason, reason));
  }
});

describe('JSON of the platform', () => {
  it('keeps integers that a number cannot hold, as text', () =>
    assert.deepEqual(parseJson('{"a": 9007199254740993, "b": 12, "c": 1.5}'), {
      a: '9007199254740993',
      b: 12,
      c: 1.5,
    }));
});
