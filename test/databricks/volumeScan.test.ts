/** What a scan of the volume asks of the Files API; nothing of the tables, which are empty here. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';

import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { emptyEngine } from '../support/fakeWorkspace/emptyEngine';
import { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { openWorkspace, settingsFor } from './databricksSubject';
import { never } from './fixtures';

const VOLUME = '/Volumes/main/nifi/files';
const FILES = `GET /api/2.0/fs/files${VOLUME}`;

describe('a scan of the volume', () => {
  let fake: FakeWorkspace;
  let workspace: DatabricksWorkspace;

  before(async () => {
    fake = await FakeWorkspace.start({ engine: emptyEngine });
    workspace = await openWorkspace(fake, settingsFor(fake, { volumePath: VOLUME }));
    await fake.makeVolume(VOLUME);
    put('one.xml', 'One');
    put('two.xml', 'Two');
  });
  after(async () => {
    workspace.dispose();
    await fake.stop();
  });

  function put(file: string, name: string): void {
    const text = `<template encoding-version="1.3"><name>${name}</name><snippet></snippet></template>`;
    writeFileSync(fake.storage.onDisk(`${VOLUME}/${file}`), text);
  }

  /** The files that a scan reads, by name; it finds both flows each time. */
  async function filesRead(): Promise<readonly string[]> {
    fake.resetCounts();
    const { added, problems } = await workspace.populate(() => undefined, never);
    assert.deepEqual([added.length, problems], [2, []]);
    return [...fake.calls.keys()]
      .filter((name) => name.startsWith(FILES))
      .map((name) => name.slice(FILES.length + 1))
      .sort();
  }

  it('reads a file again only when it has changed', async () => {
    assert.deepEqual(await filesRead(), ['one.xml', 'two.xml']);
    assert.deepEqual(await filesRead(), []);
    put('two.xml', 'Two, changed');
    assert.deepEqual(await filesRead(), ['two.xml']);
  });
});
