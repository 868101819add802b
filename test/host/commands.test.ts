import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AcceleratorApi, HistoryRecord } from '../../src/api';
import { flowIdOf } from '../../src/flows/ids';
import { COMMANDS } from '../../src/platform/contributions';
import { until } from '../support/until';

const EXTENSION = 'nifi-accelerator.nifi-accelerator';
/** A run starts Python, so it takes seconds on a busy machine. */
const RUN_TIMEOUT_MS = 60_000;

const FIRST = 'prod-eu/csv-to-json-flow.xml';
const DAMAGED = 'prod-eu/GetFileEncodingInFlight.xml';
const THREE = ['prod-eu/Retry_Count_Loop.xml', 'prod-eu/PubSub_to_GCS.json', 'prod-us/Execute_TPCC_Test.snapshot'];

function fileOf(name: string): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return path.join(folder.uri.fsPath, name);
}

const idOf = (name: string): string => flowIdOf(fileOf(name));

describe('commands and API on the local workspace', function () {
  this.timeout(120_000);
  let api: AcceleratorApi;

  before(async () => {
    const extension = vscode.extensions.getExtension<AcceleratorApi>(EXTENSION);
    assert.ok(extension);
    api = await extension.activate();
    await vscode.commands.executeCommand(COMMANDS.populateFlows);
  });

  async function history(name: string): Promise<readonly HistoryRecord[]> {
    const answer = await api.getHistory(idOf(name));
    assert.ok(answer.success, answer.success ? '' : answer.error.message);
    return answer.history;
  }

  const ended = (name: string, attemptNumber: number): Promise<HistoryRecord> =>
    until(
      `end of attempt ${attemptNumber} of ${name}`,
      async () => {
        const newest = (await history(name))[0];
        const done = newest !== undefined && ['SUCCESS', 'FAILED', 'CANCELLED'].includes(newest.status);
        return done && newest.attempt_number === attemptNumber ? newest : null;
      },
      { timeoutMs: RUN_TIMEOUT_MS },
    );

  it('registers every command that the manifest declares', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      Object.values(COMMANDS).filter((id) => !registered.has(id)),
      [],
    );
  });

  it('a. converts a flow for the first time', async () => {
    assert.deepEqual(await history(FIRST), []);
    const results = await vscode.commands.executeCommand<
      readonly { readonly outcome: string; readonly runId: string }[]
    >(COMMANDS.startConversion, { flowId: idOf(FIRST) });
    assert.equal(results[0]?.outcome, 'started');
    const attempt = await ended(FIRST, 1);
    assert.equal(attempt.status, 'SUCCESS', attempt.error_message ?? '');
    assert.equal(attempt.databricks_run_id, results[0].runId);
    assert.equal((await history(FIRST)).length, 1);
    assert.ok(attempt.generated_notebooks.length > 0);
    for (const notebook of attempt.generated_notebooks) {
      assert.ok(existsSync(notebook), notebook);
    }
  });

  it('opens the notebook that was generated', async () => {
    await vscode.commands.executeCommand(COMMANDS.openNotebook, { flowId: idOf(FIRST) });
    const shown = vscode.window.activeTextEditor?.document.uri.fsPath;
    const [attempt] = await history(FIRST);
    assert.ok(attempt?.generated_notebooks.includes(shown ?? ''), shown);
  });

  it('opens the log of the run as a document that cannot be edited', async () => {
    const [attempt] = await history(FIRST);
    await vscode.commands.executeCommand(COMMANDS.openRunLog, {
      flowId: idOf(FIRST),
      attemptId: attempt?.attempt_id ?? '',
    });
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, 'nifi-run-log');
    assert.match(document.fileName, /Attempt 1 of csv-to-json-flow\.log$/);
  });

  it('b. tries again after a failure: another run, another record, the first one unchanged', async () => {
    await vscode.commands.executeCommand(COMMANDS.startConversion, { flowId: idOf(DAMAGED) });
    const first = await ended(DAMAGED, 1);
    assert.equal(first.status, 'FAILED');
    assert.match(first.error_message ?? '', /line 325/);

    const source = fileOf(DAMAGED);
    writeFileSync(source, readFileSync(source, 'utf8').replace('</positon>', '</position>'));
    await vscode.commands.executeCommand(COMMANDS.retryConversion, { flowId: idOf(DAMAGED) });
    const second = await ended(DAMAGED, 2);
    assert.equal(second.status, 'SUCCESS', second.error_message ?? '');
    assert.match(second.triggered_by ?? '', /^retry:/);
    assert.notEqual(second.databricks_run_id, first.databricks_run_id);
    assert.deepEqual((await history(DAMAGED))[1], first);
  });

  it('c. converts three side by side', async () => {
    const started = await Promise.all(THREE.map((name) => api.startConversion(idOf(name))));
    const runs = started.map((answer) => (answer.success ? answer.run_id : answer.error.message));
    assert.ok(
      started.every((answer) => answer.success),
      runs.join(),
    );
    assert.equal(new Set(runs).size, 3);
    const attempts = await Promise.all(THREE.map((name) => ended(name, 1)));
    assert.deepEqual(
      attempts.map((attempt) => attempt.status),
      ['SUCCESS', 'SUCCESS', 'SUCCESS'],
    );
  });

  it('d. answers with the newest attempts first, durations and the whole error', async () => {
    const attempts = await history(DAMAGED);
    assert.deepEqual(
      attempts.map((attempt) => `${attempt.attempt_number} ${attempt.status}`),
      ['2 SUCCESS', '1 FAILED'],
    );
    for (const attempt of attempts) {
      const seconds = (Date.parse(attempt.completed_at ?? '') - Date.parse(attempt.started_at)) / 1000;
      assert.ok(Math.abs((attempt.duration_seconds ?? -99) - seconds) <= 1.01, JSON.stringify(attempt));
    }
  });

  it('tells who stands in the way of a second start', async () => {
    const flowId = idOf(FIRST);
    const both = await Promise.all([api.startConversion(flowId), api.startConversion(flowId)]);
    assert.equal(both.filter((answer) => answer.success).length, 1);
    const loser = both.find((answer) => !answer.success);
    assert.equal(loser?.success === false && loser.error.reason, 'alreadyConverting');
    await ended(FIRST, 2);
  });

  it('cancels a run, and the flow keeps what it had', async () => {
    const flowId = idOf(FIRST);
    const started = await api.startConversion(flowId);
    assert.ok(started.success);
    await vscode.commands.executeCommand(COMMANDS.cancelConversion, { flowId, attemptId: started.attempt_id });
    const attempt = await ended(FIRST, 3);
    assert.ok(['CANCELLED', 'SUCCESS'].includes(attempt.status), attempt.status);
    const earlier = (await history(FIRST))[1];
    assert.equal(earlier?.status, 'SUCCESS');
  });

  it('finds a flow whose file is added, without being asked', async () => {
    const added = 'prod-eu/Added_Later.xml';
    copyFileSync(fileOf(FIRST), fileOf(added));
    await until('flow of the added file', async () => (await api.getHistory(idOf(added))).success);
  });

  it('says that nobody is signed in to Databricks, and comes back', async () => {
    const settings = vscode.workspace.getConfiguration('nifiAccelerator');
    await settings.update('runsOn', 'databricks', vscode.ConfigurationTarget.Workspace);
    try {
      const answer = await api.getHistory(idOf(FIRST));
      assert.ok(!answer.success);
      assert.equal(answer.error.reason, 'notSignedIn');
      assert.match(answer.error.message, /No Databricks workspace is chosen yet/);
    } finally {
      await settings.update('runsOn', undefined, vscode.ConfigurationTarget.Workspace);
    }
    assert.equal((await history(FIRST)).length, 3);
  });
});
