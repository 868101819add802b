/** The local workspace as one window sees it: folders, output, sources, other windows. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AcceleratorError } from '../../../src/flows/errors';
import { Emitter } from '../../../src/flows/event';
import type { LocalWorkspace, OpenFolder } from '../../../src/workspaces/local/index';
import { outputFolderOf, sharedOutputPath } from '../../../src/workspaces/local/output/outputFolders';
import { convert, Place } from '../../support/localWindow';
import { until } from '../../support/until';

const { signal } = new AbortController();
const TEMPLATE = '<template encoding-version="1.2"><name>t</name><snippet></snippet></template>';

describe('local workspace', function () {
  this.timeout(30_000);
  let place: Place;
  const windows: LocalWorkspace[] = [];
  beforeEach(() => (place = new Place()));
  afterEach(() => {
    for (const window of windows.splice(0)) window.dispose();
    place.remove();
  });

  async function open(options: Parameters<Place['open']>[0] = {}): Promise<LocalWorkspace> {
    const window = await place.open(options);
    windows.push(window);
    return window;
  }

  function put(name: string, text = TEMPLATE): string {
    const file = path.join(place.flows, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  async function ended(window: LocalWorkspace, attemptId: string): Promise<void> {
    await until('end of the attempt', async () => {
      const [attempt] = await window.store.getAttempts([attemptId], signal);
      return attempt?.status === 'SUCCESS' || attempt?.status === 'FAILED';
    });
  }

  it('converts a flow from end to end', async () => {
    put('server/small.xml');
    const window = await open();
    await window.checkCanStart(signal);
    const [run] = await convert(window);
    assert.ok(run);
    await ended(window, run.attemptId);
    const [attempt] = await window.store.getAttempts([run.attemptId], signal);
    const [notebook] = attempt?.generatedNotebooks ?? [];
    assert.ok(notebook !== undefined && attempt);
    const output = window.notebooks.outputPath(attempt.flowId, attempt.attemptId);
    assert.equal(notebook, path.join(output, 'placeholder.py'));
    assert.equal(output, path.join(place.flows, 'nifi-converted', attempt.flowId, attempt.attemptId));
    assert.match(await window.notebooks.readText(notebook, signal), /^# Databricks notebook source/);
    assert.deepEqual(await window.notebooks.list(output, signal), ['_progress.json', 'placeholder.py']);
    const progress = await window.notebooks.readProgress(output, signal);
    assert.deepEqual([progress?.status, progress?.progressPercentage], ['SUCCESS', 100]);
    // What was generated is no source of flows.
    assert.deepEqual((await window.populate(() => undefined, signal)).added, []);
  });

  it('says that a source changed, by its content and not by its time', async () => {
    const file = put('a.xml');
    const window = await open();
    const [run] = await convert(window);
    assert.ok(run);
    const [flow] = await window.store.listFlows(signal);
    assert.ok(flow);
    const state = async (): Promise<unknown> => (await window.sourceStates([flow.flowId], signal)).get(flow.flowId);
    assert.deepEqual(await state(), { exists: true, changedSinceLastAttempt: null }, 'not known while it runs');
    await ended(window, run.attemptId);
    assert.deepEqual(await state(), { exists: true, changedSinceLastAttempt: false });
    utimesSync(file, 1, 1);
    assert.deepEqual(await state(), { exists: true, changedSinceLastAttempt: false }, 'touched only');
    put('a.xml', TEMPLATE.replace('>t<', '>u<'));
    assert.deepEqual(await state(), { exists: true, changedSinceLastAttempt: true });
    rmSync(file);
    assert.deepEqual(await state(), { exists: false, changedSinceLastAttempt: null });
  });

  it('shows the flows under the opened folders, also of files that are gone', async () => {
    put('one/a.xml');
    const other = put('two/b.xml');
    let folders: readonly OpenFolder[] = [{ path: place.flows, name: 'estate' }];
    const window = await open({ folders: () => folders });
    await window.populate(() => undefined, signal);
    rmSync(other);
    assert.equal((await window.visibleFlowIds(signal)).size, 2);
    folders = [{ path: path.join(place.flows, 'two'), name: 'two' }];
    const visible = await window.visibleFlowIds(signal);
    assert.deepEqual(
      [...visible].map((id) => id.slice(0, 2)),
      ['b-'],
    );
    folders = [];
    assert.equal((await window.visibleFlowIds(signal)).size, 0);
    await assert.rejects(
      window.populate(() => undefined, signal),
      (error: unknown) => AcceleratorError.is(error, 'notFound') && error.mend === 'openFolder',
    );
  });

  it('scans again when sources change, and for nothing else', async () => {
    const sources = new Emitter<readonly string[] | null>();
    const window = await open({ onDidChangeSources: sources.event });
    let changes = 0;
    window.onDidChange(() => (changes += 1));
    const file = put('late.xml');
    sources.fire([file]);
    await until('the flow', async () => (await window.store.listFlows(signal)).length === 1);
    await until('the word of it', () => changes > 0);
    const moved = path.join(place.flows, 'moved.xml');
    renameSync(file, moved);
    sources.fire([path.join(place.flows, 'nifi-converted', 'x', 'y.xml'), path.join(place.flows, 'a.py')]);
    sources.fire([file, moved]);
    await until('the moved flow', async () => (await window.store.listFlows(signal)).length === 2);
  });

  it('hears of another window', async () => {
    put('a.xml');
    const first = await open();
    await first.populate(() => undefined, signal);
    await first.hasNews(signal);
    let heard = 0;
    first.onDidChange(() => (heard += 1));
    const second = await open();
    const [flow] = await second.store.listFlows(signal);
    assert.ok(flow);
    await second.store.updateFlow(flow.flowId, { owner: 'someone' }, signal);
    await until('word of the other window', () => heard > 0);
    assert.equal(await first.hasNews(signal), true, 'what the watch heard is still news to a poll');
    assert.equal((await first.store.listFlows(signal))[0]?.owner, 'someone');
  });

  it('tells the views what a poll heard before the watch did', async () => {
    put('a.xml');
    const first = await open();
    await first.populate(() => undefined, signal);
    const second = await open();
    await first.hasNews(signal);
    const [flow] = await second.store.listFlows(signal);
    assert.ok(flow);
    let heard = 0;
    first.onDidChange(() => (heard += 1));
    await second.store.updateFlow(flow.flowId, { owner: 'someone' }, signal);
    assert.equal(await first.hasNews(signal), true);
    assert.ok(heard > 0);
  });

  it('has no news when nothing happened', async () => {
    const window = await open();
    await window.hasNews(signal);
    assert.equal(await window.hasNews(signal), false);
  });

  it('reads files of attempts’ output only', async function () {
    put('a.xml');
    const secret = put('secret.txt', 'secret');
    const window = await open();
    const [run] = await convert(window);
    assert.ok(run);
    await ended(window, run.attemptId);
    const [attempt] = await window.store.getAttempts([run.attemptId], signal);
    const output = window.notebooks.outputPath(attempt?.flowId ?? '', run.attemptId);
    const refused = async (file: string, reason: string): Promise<void> =>
      assert.rejects(
        window.notebooks.readText(file, signal),
        (error: unknown) => AcceleratorError.is(error) && error.reason === reason,
      );
    await refused(secret, 'noPermission');
    await refused(path.join(output, '..', '..', '..', 'secret.txt'), 'noPermission');
    await refused(path.join(output, 'none'), 'notFound');
    if (process.platform !== 'win32') {
      symlinkSync(secret, path.join(output, 'link'));
      await refused(path.join(output, 'link'), 'noPermission');
    }
    writeFileSync(path.join(output, '_progress.json'), '{"version": 1, "attempt_id"');
    assert.equal(await window.notebooks.readProgress(output, signal), null);
    writeFileSync(
      path.join(output, '_progress.json'),
      JSON.stringify({ version: 1, attempt_id: 'x', status: 'ODD', updated_at: 'x' }),
    );
    assert.equal(await window.notebooks.readProgress(output, signal), null);
    assert.equal(await window.notebooks.readProgress(place.path('none'), signal), null);
  });

  it('says that its storage cannot be made', async () => {
    writeFileSync(place.path('file'), '');
    await assert.rejects(place.open({ storagePath: place.path('file/storage') }), (error: unknown) =>
      AcceleratorError.is(error, 'storageUnavailable'),
    );
  });

  it('says that its storage is read-only', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip(); // permissions do not bind there
    mkdirSync(place.storage);
    chmodSync(place.storage, 0o555);
    try {
      await assert.rejects(place.open(), (error: unknown) => AcceleratorError.is(error, 'storageUnavailable'));
    } finally {
      chmodSync(place.storage, 0o755);
    }
  });

  it('says that its file is damaged and leaves it as it is', async () => {
    mkdirSync(place.storage);
    const file = path.join(place.storage, 'accelerator.sqlite');
    writeFileSync(file, 'this is no database, whatever its name says'.repeat(50));
    await assert.rejects(place.open(), (error: unknown) => AcceleratorError.is(error, 'storageDamaged'));
    const { readFile } = await import('node:fs/promises');
    assert.match(await readFile(file, 'utf8'), /^this is no database/);
  });
});

describe('output folders', () => {
  const ids = { flowId: 'f', attemptId: 'f_attempt_1' };
  const folders = [
    { path: '/w/one', name: 'one' },
    { path: '/w/two', name: 'two' },
  ];
  const of = (template: string, source: string | null, opened = folders): string =>
    outputFolderOf(template, ids, source, opened, '/storage').replaceAll('\\', '/');

  it('lie in the folder that the flow lies in', () => {
    assert.equal(of('', '/w/two/a.xml'), '/w/two/nifi-converted/f/f_attempt_1');
    assert.equal(of('out', '/w/one/a.xml'), '/w/one/out/f/f_attempt_1');
    assert.equal(of('out', '/elsewhere/a.xml'), '/w/one/out/f/f_attempt_1');
    assert.equal(of('out', null, []), '/storage/out/f/f_attempt_1');
  });

  it('are an attempt’s own, whatever the setting says', () => {
    assert.equal(of('/abs/{flowId}', null), '/abs/f/f_attempt_1');
    assert.equal(of('{attemptId}', '/w/one/a.xml'), '/w/one/f_attempt_1');
    assert.equal(of('x/{flowId}/y/{attemptId}', '/w/one/a.xml'), '/w/one/x/f/y/f_attempt_1');
  });

  it('share what a scan leaves out', () => {
    const one = { path: '/w/one', name: 'one' };
    assert.equal(sharedOutputPath('', one)?.replaceAll('\\', '/'), '/w/one/nifi-converted');
    assert.equal(sharedOutputPath('a/b/{flowId}/c', one)?.replaceAll('\\', '/'), '/w/one/a/b');
    assert.equal(sharedOutputPath('{flowId}', one), null);
  });
});
