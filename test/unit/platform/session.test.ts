import assert from 'node:assert/strict';
import { AcceleratorError } from '../../../src/flows/errors';
import { Emitter } from '../../../src/flows/event';
import { Sessions } from '../../../src/platform/session';
import type { Settings, SettingsChange } from '../../../src/platform/settings';
import { until } from '../../support/until';

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('sessions', () => {
  const changes = new Emitter<SettingsChange>();
  const values: Record<string, unknown> = {};
  let opened: unknown[];
  let sessions: Sessions;

  beforeEach(() => {
    opened = [];
    Object.assign(values, { runsOn: 'local', bulkParallelism: 8, keepLatestJobs: 3 });
    const settings: Pick<Settings, 'get' | 'onDidChange'> = {
      get: (name) => values[name] as never,
      onDidChange: changes.event,
    };
    sessions = new Sessions({
      settings,
      log: SILENT,
      openWorkspace: (kind) => {
        opened.push(kind);
        return Promise.reject(new AcceleratorError('offline', 'Nothing is there.'));
      },
    });
  });
  afterEach(() => sessions.dispose());

  const failed = (): Promise<unknown> => until('a failure', () => sessions.state === 'failed', { timeoutMs: 2_000 });

  it('open once for settings that change together, with the values of all', async () => {
    await assert.rejects(sessions.get());
    for (const name of ['schema', 'volumePath', 'runsOn'] as const) {
      if (name === 'runsOn') values[name] = 'databricks';
      changes.fire({ names: new Set([name]) });
      await Promise.resolve();
    }
    assert.equal(sessions.state, 'opening', 'nobody works on with what was open');
    await failed();
    assert.deepEqual(opened, ['local', 'databricks']);
  });

  it('open at once when somebody asks for it', async () => {
    await assert.rejects(sessions.get());
    sessions.reopen();
    assert.equal(opened.length, 2);
    await failed();
  });

  it('do not open for a change while nobody has needed one, nor for one that they are not made from', async () => {
    changes.fire({ names: new Set(['schema']) });
    assert.equal(sessions.state, 'closed');
    await assert.rejects(sessions.get());
    changes.fire({ names: new Set(['notifications']) });
    assert.deepEqual([sessions.state, opened.length], ['failed', 1]);
  });

  it('tell when what was shown belongs to another place, and not when only the way of working changes', async () => {
    let left = 0;
    sessions.onDidLeavePlace(() => (left += 1));
    changes.fire({ names: new Set(['schema']) });
    assert.equal(left, 0, 'nothing was shown yet');
    await assert.rejects(sessions.get());
    changes.fire({ names: new Set(['keepLatestJobs', 'warehouseHttpPath']) });
    assert.deepEqual([sessions.state, left], ['opening', 0]);
    changes.fire({ names: new Set(['catalog', 'schema']) });
    assert.deepEqual([sessions.state, left], ['opening', 1]);
    changes.fire({ names: new Set(['profile']) });
    assert.equal(left, 2, 'a profile may name another host');
    await failed();
  });
});
