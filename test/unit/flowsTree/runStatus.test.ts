import assert from 'node:assert/strict';
import { AcceleratorError } from '../../../src/flows/errors';
import type { MonitorState } from '../../../src/flows/runMonitor';
import { runStatus } from '../../../src/views/runStatus';
import { sampleLive } from './samples';

const runs = (parts: Partial<MonitorState>): MonitorState => ({
  active: [],
  started: 0,
  ended: 0,
  overallPercentage: 0,
  waiting: 0,
  ...parts,
});
const text = (parts: Partial<Parameters<typeof runStatus>[0]>): string | null =>
  runStatus({ runs: runs({}), flows: 3, failedUnseen: 0, failure: null, ...parts })?.text ?? null;

describe('status bar', () => {
  it('is hidden while there are no flows', () => {
    assert.equal(text({ runs: null, flows: null }), null);
    assert.equal(text({ flows: 0 }), null);
    assert.equal(text({}), '$(pass) NiFi');
  });

  it('counts what is active and how far all of it is', () => {
    const active = [sampleLive(), sampleLive(), sampleLive()];
    const state = runs({ active, started: 5, ended: 2, overallPercentage: 61.6 });
    assert.equal(text({ runs: state }), '$(loading~spin) NiFi: 3 running, 62%');
    assert.match(
      runStatus({ runs: state, flows: 3, failedUnseen: 0, failure: null })?.spoken ?? '',
      /62 percent, 2 of 5 ended/,
    );
  });

  it('tells waiting and unseen runs from running ones', () => {
    assert.equal(text({ runs: runs({ active: [sampleLive()], waiting: 1 }) }), '$(watch) NiFi: 1 waiting');
    assert.equal(text({ runs: runs({ active: [sampleLive({ visible: false })] }) }), '$(question) NiFi: 1 unknown');
  });

  it('keeps failures until they were looked at', () => {
    assert.equal(text({ failedUnseen: 2 }), '$(warning) NiFi: 2 failed');
  });

  it('takes the warning colour only where something has to be set up', () => {
    const status = (reason: 'offline' | 'badSetting' | 'storageDamaged'): [string | undefined, boolean | undefined] => {
      const failure = new AcceleratorError(reason, 'Why.');
      const made = runStatus({ runs: null, flows: null, failedUnseen: 0, failure });
      return [made?.text, made?.warning];
    };
    assert.deepEqual(status('offline'), ['$(debug-disconnect) NiFi: offline', false]);
    assert.deepEqual(status('badSetting'), ['$(tools) NiFi: set up', true]);
    assert.deepEqual(status('storageDamaged'), ['$(error) NiFi: cannot read', false]);
  });
});
