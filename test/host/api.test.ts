import assert from 'node:assert/strict';
import path from 'node:path';
import { commands, extensions, workspace } from 'vscode';
import type { AcceleratorApi } from '../../src/api';
import { flowIdOf } from '../../src/flows/ids';
import { COMMANDS } from '../../src/platform/contributions';
import { until } from '../support/until';
import { convert } from './apiExample';

describe('the API for other extensions', function () {
  this.timeout(120_000);
  let api: AcceleratorApi;

  before(async () => {
    const extension = extensions.getExtension<AcceleratorApi>('nifi-accelerator.nifi-accelerator');
    assert.ok(extension);
    api = await extension.activate();
    await commands.executeCommand(COMMANDS.populateFlows);
  });

  it('converts and answers with the history, as the README shows', async () => {
    const [folder] = workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const flowId = flowIdOf(path.join(folder.uri.fsPath, 'prod-us', 'MongoDB_Get_and_Put_Example.xml'));

    const { runId, history } = await convert(flowId);
    assert.ok(runId.length > 0);
    assert.deepEqual(
      history.map((record) => [record.flow_id, record.attempt_number, record.databricks_run_id]),
      [[flowId, 1, runId]],
    );

    const status = await until(
      'end of the conversion',
      async () => {
        const answer = await api.getHistory(flowId);
        const newest = answer.success ? answer.history[0] : undefined;
        return newest?.completed_at === null ? null : newest?.status;
      },
      { timeoutMs: 60_000 },
    );
    assert.equal(status, 'SUCCESS');
  });

  it('answers with a reason where it cannot', async () => {
    const unknown = await api.startConversion('no-such-flow');
    assert.deepEqual(unknown.success ? null : unknown.error.reason, 'flowNotRegistered');
    const limit = await api.getHistory('no-such-flow', { limit: 0 });
    assert.deepEqual(limit.success ? null : limit.error.reason, 'badData');
  });
});
