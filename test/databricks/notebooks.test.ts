/** Generated notebooks in the workspace, where files and notebooks are two things, and in volumes, where they are not. */
import assert from 'node:assert/strict';

import { AcceleratorError } from '../../src/flows/errors';
import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { openWorkspace, settingsFor } from './databricksSubject';
import { never } from './fixtures';

const OUTPUT = '/Workspace/Shared/converted';
const FOLDER = `${OUTPUT}/orders-1/orders-1_attempt_7/notebooks`;
const SOURCE = '# Databricks notebook source\nprint("orders")\n';

describe('generated notebooks', () => {
  let fake: FakeWorkspace;
  let workspace: DatabricksWorkspace;
  before(async () => {
    fake = await FakeWorkspace.start();
    workspace = await openWorkspace(fake, settingsFor(fake, { outputPath: OUTPUT }));
    for (const [name, content] of [
      ['orders.py', SOURCE],
      ['gaps.py', 'def fill(): ...\n'],
    ] as const) {
      await workspace.files.importFile(`${FOLDER}/${name}`, Buffer.from(content), never);
    }
  });
  after(async () => {
    workspace.dispose();
    await fake.stop();
  });

  it('a plain file can be made a notebook, once, and stays', async () => {
    const { imports } = workspace.notebooks;
    const path = `${FOLDER}/orders.py`;
    assert.equal((await workspace.files.status(path, never))?.object_type, 'FILE');
    assert.equal(await imports.target(path, never), `${FOLDER}/orders`);
    assert.equal(await imports.import(path, never), `${FOLDER}/orders`);
    assert.deepEqual(await workspace.files.status(`${FOLDER}/orders`, never), {
      path: `${FOLDER}/orders`,
      object_type: 'NOTEBOOK',
      language: 'PYTHON',
    });
    assert.equal((await workspace.files.status(path, never))?.object_type, 'FILE');
    assert.equal(await workspace.notebooks.readText(`${FOLDER}/orders`, never), SOURCE);
    assert.equal(await imports.target(path, never), null, 'it is not offered again');
    assert.equal(await imports.target(`${FOLDER}/orders`, never), null, 'a notebook is one');
  });

  it('a module stays a file, since it could not be imported by others as a notebook', async () => {
    await assert.rejects(workspace.notebooks.imports.import(`${FOLDER}/gaps.py`, never), (error) =>
      AcceleratorError.is(error, 'badData'),
    );
    assert.equal(await workspace.files.status(`${FOLDER}/gaps`, never), null);
  });

  it('nothing outside the output is made a notebook', async () => {
    for (const path of ['/Workspace/Shared/other.py', `${OUTPUT}/../other.py`]) {
      for (const verb of ['target', 'import'] as const) {
        await assert.rejects(workspace.notebooks.imports[verb](path, never), /outside the output folder/);
      }
    }
  });

  it('a volume knows no notebooks, so nothing is offered', async () => {
    const root = '/Volumes/main/default/nifi/out';
    const inVolume = await openWorkspace(fake, settingsFor(fake, { outputPath: root }));
    fake.resetCounts();
    assert.equal(await inVolume.notebooks.imports.target(`${root}/a.py`, never), null);
    assert.equal(fake.calls.size, 0);
    inVolume.dispose();
  });
});
