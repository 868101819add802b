/** Runs on this computer, with real processes over one real SQLite file. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { RunLook, RunReference } from '../../../src/flows/jobRunner';
import { AcceleratorError } from '../../../src/flows/errors';
import type { LocalWorkspace } from '../../../src/workspaces/local/index';
import { convert, Place, TEMPLATE } from '../../support/localWindow';
import { until } from '../../support/until';

const { signal } = new AbortController();
const NOTEBOOK = '# Databricks notebook source\n';
/** Says where it is, then waits to be ended; its child would outlive it. */
const SLEEPER = `${NOTEBOOK}import os, subprocess, sys, time
quiet = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
code = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'
child = subprocess.Popen([sys.executable, '-c', code], **quiet)
away = subprocess.Popen([sys.executable, '-c', code], start_new_session=True, **quiet)
with open('pids.tmp', 'w') as target:
    target.write(f'{os.getpid()} {child.pid} {away.pid}')
os.replace('pids.tmp', 'pids')
time.sleep(600)
`;
/** Waits until a file says that it may end. */
const WAITER = `${NOTEBOOK}import os, time
gate = os.path.join(os.path.dirname(dbutils.widgets.get('nifi_xml_path')), 'gate')
while not os.path.exists(gate):
    time.sleep(0.02)
`;

describe('local runs', function () {
  this.timeout(60_000);
  let place: Place;
  const windows: LocalWorkspace[] = [];
  const processes: ChildProcess[] = [];

  beforeEach(() => {
    place = new Place();
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) child.kill('SIGKILL');
    for (const window of windows.splice(0)) {
      for (const job of await window.runner.ownedJobs(signal).catch(() => [])) {
        if (job.active) await window.runner.cancelRun(referenceOf(job.jobId), signal).catch(() => undefined);
      }
      window.dispose();
    }
    place.remove();
  });

  async function open(options: Parameters<Place['open']>[0] = {}): Promise<LocalWorkspace> {
    const window = await place.open(options);
    windows.push(window);
    return window;
  }

  function agent(text: string): string {
    const file = place.path('agent.py');
    writeFileSync(file, text);
    return file;
  }

  function flows(count: number): void {
    for (let index = 0; index < count; index++) {
      writeFileSync(path.join(place.flows, `f${index}.xml`), TEMPLATE);
    }
  }

  it('survives the window: a new one finds the run and its end', async () => {
    flows(1);
    const first = await place.open({ agent: agent(WAITER) });
    const [run] = await convert(first);
    assert.ok(run);
    await until('running', async () => (await look(first, run)).phase === 'running');
    first.dispose();
    const second = await open();
    assert.equal((await look(second, run)).phase, 'running');
    writeFileSync(path.join(place.flows, 'gate'), '');
    const end = await until('an end', async () => ended(await look(second, run)));
    assert.equal(end.phase, 'succeeded');
    assert.ok(end.endedAt instanceof Date);
  });

  it('finds out that a run was killed', async () => {
    flows(1);
    const window = await open({
      agent: agent(`${NOTEBOOK}print('halfway', flush=True)\n${SLEEPER.slice(NOTEBOOK.length)}`),
    });
    const [run] = await convert(window);
    assert.ok(run?.runId);
    const [pid = 0, ...children] = await pidsOf(place, run.runId);
    await window.hasNews(signal);
    process.kill(pid, 'SIGKILL');
    await until('news of the death', () => window.hasNews(signal));
    const end = await until('an end', async () => ended(await look(window, run)));
    assert.equal(end.phase, 'failed');
    assert.match(end.message ?? '', /ended before the agent did/);
    assert.match((await window.runner.failureOf(run, signal)) ?? '', /halfway/);
    for (const child of children) process.kill(child, 'SIGKILL');
  });

  it('finds out that a run was killed while no window was there', async () => {
    flows(1);
    const first = await place.open({ agent: agent(SLEEPER) });
    const [run] = await convert(first);
    assert.ok(run?.runId);
    const pids = await pidsOf(place, run.runId);
    first.dispose();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const second = await open();
    const end = await until('an end', async () => ended(await look(second, run)));
    assert.equal(end.phase, 'failed');
  });

  it('ends the whole process tree when a run is cancelled', async function () {
    flows(1);
    const window = await open({ agent: agent(SLEEPER) });
    const [run] = await convert(window);
    assert.ok(run?.runId);
    const pids = await pidsOf(place, run.runId);
    assert.equal(pids.length, 3);
    await window.runner.cancelRun(run, signal);
    assert.equal((await look(window, run)).phase, 'cancelled');
    for (const pid of pids) await until(`the end of process ${pid}`, () => !runs(pid));
  });

  it('cancels from another window than the one that started', async () => {
    flows(1);
    const file = agent(SLEEPER);
    const first = await open({ agent: file });
    const second = await open({ agent: file });
    const [run] = await convert(first);
    assert.ok(run?.runId);
    const pids = await pidsOf(place, run.runId);
    await second.runner.cancelRun(run, signal);
    for (const pid of pids) await until(`the end of process ${pid}`, () => !runs(pid));
    const end = await until('an end in the first window', async () => ended(await look(first, run)));
    assert.equal(end.phase, 'cancelled');
  });

  it('cancels a waiting run at once and never starts it', async () => {
    flows(2);
    const window = await open({ agent: agent(WAITER), maxRuns: 1 });
    const [first, second] = await convert(window);
    assert.ok(first && second?.runId);
    await window.runner.cancelRun(second, signal);
    assert.equal((await look(window, second)).message, 'Cancelled before it began');
    writeFileSync(path.join(place.flows, 'gate'), '');
    await until('the end of the first', async () => ended(await look(window, first)));
    assert.equal((await look(window, second)).phase, 'cancelled');
    assert.equal(existsSync(path.join(place.storage, 'runs', second.runId)), false);
  });

  it('lets others wait in sight, in their order', async () => {
    flows(3);
    const window = await open({ agent: agent(WAITER), maxRuns: 1 });
    const references = await convert(window);
    const looks = await Promise.all(references.map(async (run) => look(window, run)));
    assert.deepEqual(
      looks.slice(1).map((one) => [one.phase, one.message]),
      [
        ['waiting', 'Waits for a free place: 1 running, 0 before it'],
        ['waiting', 'Waits for a free place: 1 running, 1 before it'],
      ],
    );
    writeFileSync(path.join(place.flows, 'gate'), '');
    const ends = await until('three ends', async () => {
      const found = await Promise.all(references.map(async (run) => look(window, run)));
      return found.every((one) => ended(one) !== null) && found;
    });
    const times = ends.map((one) => one.endedAt?.getTime() ?? 0);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });

  it('keeps to localMaxRuns over several processes', async function () {
    flows(6);
    const window = await open({ agent: agent(WAITER), maxRuns: 2 });
    await window.populate(() => undefined, signal);
    const flowIds = (await window.store.listFlows(signal)).map((flow) => flow.flowId);
    const others = [flowIds.slice(0, 3), flowIds.slice(3)].map((ids) => otherWindow(place, 2, ids));
    processes.push(...others);
    const references = (await Promise.all(others.map(referencesFrom))).flat();
    assert.equal(references.length, 6);
    let most = 0;
    const sample = async (): Promise<number> => {
      const phases = [...(await window.runner.lookAt(references, signal)).values()];
      const working = phases.filter((one) => one.kind === 'seen' && one.phase === 'running').length;
      most = Math.max(most, working);
      return phases.filter((one) => one.kind === 'seen' && one.phase === 'succeeded').length;
    };
    await until('two at work', async () => (await sample(), most === 2));
    writeFileSync(path.join(place.flows, 'gate'), '');
    await until('six ends', async () => (await sample()) === 6, { timeoutMs: 40_000 });
    assert.equal(most, 2);
  });

  it('starts each attempt once, however often it is asked to', async () => {
    flows(1);
    const window = await open();
    const [run] = await convert(window);
    assert.ok(run?.runId);
    assert.equal(await window.runner.startRun(run.jobId, run.attemptId, signal), run.runId);
    assert.deepEqual(await window.runner.findJob(run.jobName ?? '', signal), { jobId: run.jobId, runId: run.runId });
    assert.equal(await window.runner.findJob('another name', signal), null);
    await until('an end', async () => ended(await look(window, run)));
    assert.equal((await window.runner.ownedJobs(signal)).length, 1);
  });

  it('keeps its words for a run that ended and says of a removed one that it is gone', async () => {
    flows(1);
    const window = await open({ agent: agent(`${NOTEBOOK}print('said')\nraise KeyError('why')`) });
    const [run] = await convert(window);
    assert.ok(run?.runId);
    await assert.rejects(window.runner.deleteJob(run.jobId, signal), isReason('conflict'));
    await until('an end', async () => ended(await look(window, run)));
    assert.match((await window.runner.failureOf(run, signal)) ?? '', /KeyError: 'why'[^]*line 3/);
    assert.match((await window.runner.runLog(run, signal)) ?? '', /^said/);
    await window.runner.deleteJob(run.jobId, signal);
    assert.equal((await window.runner.lookAt([run], signal)).get(run.attemptId)?.kind, 'gone');
    assert.equal(existsSync(path.join(place.storage, 'runs', run.runId)), false);
  });

  it('gives the process nothing to sign in with, in isolated mode and its own folder', async () => {
    flows(1);
    const names = [
      'DATABRICKS_TOKEN',
      'AZURE_CLIENT_SECRET',
      'ARM_CLIENT_ID',
      'PYTHONPATH',
      'MY_API_TOKEN',
      'PYTHONSTARTUP',
    ];
    const before = new Map(names.map((name) => [name, process.env[name]]));
    try {
      for (const name of names) process.env[name] = '/x';
      const code = `${NOTEBOOK}import json, os, sys
print(json.dumps({'names': sorted(os.environ), 'isolated': sys.flags.isolated, 'cwd': os.getcwd(), 'path': sys.path[0]}))`;
      const window = await open({ agent: agent(code) });
      const [run] = await convert(window);
      assert.ok(run?.runId);
      await until('an end', async () => ended(await look(window, run)));
      const seen = JSON.parse((await window.runner.runLog(run, signal)) ?? '') as Record<string, unknown>;
      assert.deepEqual(
        (seen['names'] as string[]).filter((name) => names.includes(name)),
        [],
      );
      assert.ok((seen['names'] as string[]).includes('PATH'));
      assert.equal(seen['isolated'], 1);
      assert.equal(seen['cwd'], path.join(place.storage, 'runs', run.runId));
      assert.equal(seen['path'], place.root);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });

  it('says that Python is missing before anything starts, and in the run where it went meanwhile', async () => {
    flows(1);
    let pythonPath = path.join(place.root, 'no-python');
    const window = await open({
      settings: () => ({ outputPath: '', agentPath: agent(WAITER), pythonPath, maxRuns: 1 }),
    });
    await assert.rejects(window.checkCanStart(signal), isReason('pythonMissing', 'choosePython'));
    const [run] = await convert(window);
    assert.ok(run);
    const end = await until('an end', async () => ended(await look(window, run)));
    assert.equal(end.phase, 'failed');
    assert.match(end.message ?? '', /no-python: there is no such program/);
    pythonPath = '';
    await window.checkCanStart(signal);
  });

  it('says what is wrong with an agent', async () => {
    const missing = await open({ agent: place.path('none.py') });
    await assert.rejects(missing.checkCanStart(signal), isReason('agentMissing', 'openSettings'));
    const wrong = await open({ agent: agent('print(1)') });
    await assert.rejects(wrong.checkCanStart(signal), isReason('agentMissing', 'openSettings'));
  });

  it('fails an attempt whose file was deleted while it was converted, and refuses one that is gone already', async () => {
    flows(1);
    const file = path.join(place.flows, 'f0.xml');
    const code = WAITER + `open(dbutils.widgets.get('nifi_xml_path'))\n`;
    const window = await open({ agent: agent(code) });
    const [run] = await convert(window);
    assert.ok(run);
    await until('running', async () => (await look(window, run)).phase === 'running');
    (await import('node:fs')).rmSync(file);
    writeFileSync(path.join(place.flows, 'gate'), '');
    const end = await until('an end', async () => ended(await look(window, run)));
    assert.match(end.message ?? '', /FileNotFoundError/);
    const [flow] = await window.store.listFlows(signal);
    assert.ok(flow);
    assert.equal((await window.sourceStates([flow.flowId], signal)).get(flow.flowId)?.exists, false);
    await window.populate(() => undefined, signal);
    assert.equal((await window.store.history(flow.flowId, { limit: 5 }, signal)).length, 1, 'its history stays');
    const request = {
      attemptId: `${flow.flowId}_attempt_9`,
      flowId: flow.flowId,
      jobName: 'again',
      owner: null,
      parameters: {
        flow_id: flow.flowId,
        nifi_xml_path: flow.nifiXmlPath,
        output_path: place.path('o'),
        attempt_id: `${flow.flowId}_attempt_9`,
        delta_table: window.historyTable,
      },
    };
    await assert.rejects(window.runner.createJob(request, signal), isReason('flowFileMissing', 'populateFlows'));
  });
});

type Seen = Extract<RunLook, { kind: 'seen' }>;

async function look(window: LocalWorkspace, run: RunReference): Promise<Seen> {
  const found = (await window.runner.lookAt([run], signal)).get(run.attemptId);
  assert.equal(found?.kind, 'seen');
  return found;
}

function ended(seen: Seen): Seen | null {
  return seen.phase === 'waiting' || seen.phase === 'running' ? null : seen;
}

function isReason(reason: string, mend?: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(AcceleratorError.is(error), String(error));
    assert.equal(error.reason, reason);
    if (mend !== undefined) assert.equal(error.mend, mend);
    return true;
  };
}

/** The process ids that the sleeping agent wrote into its run's folder. */
async function pidsOf(place: Place, runId: string): Promise<readonly number[]> {
  const file = path.join(place.storage, 'runs', runId, 'pids');
  await until('pids', () => existsSync(file));
  return readFileSync(file, 'utf8').split(' ').map(Number);
}

/** Whether a process runs; one that has ended and waits for its parent to notice does not. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function referenceOf(jobId: string): RunReference {
  return { attemptId: '', jobName: null, jobId, runId: `${jobId}-run`, startedAt: new Date() };
}

/** A window in a process of its own that starts these flows and prints its runs. */
function otherWindow(place: Place, maxRuns: number, flowIds: readonly string[]): ChildProcess {
  const script = pathToFileURL(path.resolve('test/support/localWindow.ts')).href;
  const code = `import { startElsewhere } from ${JSON.stringify(script)}; await startElsewhere(${JSON.stringify([
    place.root,
    place.path('agent.py'),
    maxRuns,
    flowIds,
  ])});`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', code];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function referencesFrom(child: ChildProcess): Promise<readonly RunReference[]> {
  assert.ok(child.stdout);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const found = JSON.parse(line) as readonly (Omit<RunReference, 'startedAt'> & { readonly startedAt: string })[];
  return found.map((run) => ({ ...run, startedAt: new Date(run.startedAt) }));
}
