/** The SQL session, which several statements share: what becomes of them when one of them gives it up. */
import assert from 'node:assert/strict';

import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { emptyEngine } from '../support/fakeWorkspace/emptyEngine';
import type { Engine } from '../support/fakeWorkspace/engine';
import { EngineError } from '../support/fakeWorkspace/engineError';
import { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { until } from '../support/until';
import { openWorkspace, settingsFor } from './databricksSubject';
import { never } from './fixtures';

const OPEN_SESSION = 'open';
const LOST = new EngineError('Invalid SessionHandle', null, null);

describe('the SQL session', () => {
  let fake: FakeWorkspace;
  let workspace: DatabricksWorkspace;
  let release: () => void;
  const done: string[] = [];

  beforeEach(async () => {
    const held = new Promise<void>((resolve) => (release = resolve));
    done.length = 0;
    const engine: Engine = {
      ...emptyEngine,
      call: async (op, fields) => {
        done.push(op);
        if (op === 'execute' && fields['sql'] === 'SLOW') await held;
        return emptyEngine.call(op, fields);
      },
    };
    fake = await FakeWorkspace.start({ engine });
    workspace = await openWorkspace(fake, settingsFor(fake));
  });
  afterEach(async () => {
    release();
    workspace.dispose();
    await fake.stop();
  });

  const sessions = (): number => done.filter((op) => op === OPEN_SESSION).length;
  const sent = (sql: string): number => fake.statements.filter((statement) => statement === sql).length;

  it('is opened once for statements that come together', async () => {
    await Promise.all(['A', 'B', 'C'].map((sql) => workspace.sql.execute(sql, {}, { signal: never })));
    assert.equal(sessions(), 1);
  });

  it('that one statement gave up stays open until the others in it have ended', async () => {
    const slow = workspace.sql.execute('SLOW', {}, { signal: never });
    await until('the slow statement', () => sent('SLOW') === 1);
    fake.statementFaults.add({ on: 'LOST', fault: LOST });
    await workspace.sql.execute('LOST', {}, { signal: never, idempotent: true });
    assert.deepEqual([sent('LOST'), sessions()], [2, 2], 'it was sent again in a new session');
    assert.ok(!done.includes('close'));
    release();
    await slow;
    assert.equal(sent('SLOW'), 1, 'nothing made the slow one begin again');
    await until('the end of the first session', () => done.includes('close'));
  });

  it('that is gone when a statement comes is opened anew; one that goes under it leaves open what was done', async () => {
    await workspace.sql.execute('BEFORE', {}, { signal: never });
    fake.stopWarehouse();
    fake.warehouseState = 'RUNNING';
    await workspace.sql.execute('AFTER', {}, { signal: never });
    assert.equal(sessions(), 2);
    fake.statementFaults.add({ on: 'LOST', fault: LOST });
    await assert.rejects(workspace.sql.execute('LOST', {}, { signal: never }), { reason: 'platform' });
    assert.equal(sent('LOST'), 1);
  });

  it('is opened for those who still wait when the first of them is called off', async () => {
    fake.warehouseState = 'STARTING';
    const first = new AbortController();
    const called = workspace.sql.execute('FIRST', {}, { signal: first.signal });
    const second = workspace.sql.execute('SECOND', {}, { signal: never });
    await until('a look at the warehouse', () =>
      [...fake.calls.keys()].some((name) => name.includes('/sql/warehouses/')),
    );
    first.abort();
    await assert.rejects(called, { reason: 'cancelled' });
    fake.warehouseState = 'RUNNING';
    await second;
    assert.deepEqual(fake.statements, ['SECOND']);
  });
});
