import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AcceleratorApi } from '../../src/api';
import { flowIdOf } from '../../src/flows/ids';
import { COMMANDS, TOOLS } from '../../src/platform/contributions';
import { until } from '../support/until';

const EXTENSION = 'nifi-accelerator.nifi-accelerator';
const FLOW = 'prod-us/MongoDB_Get_and_Put_Example.xml';

function fileOf(name: string): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return path.join(folder.uri.fsPath, name);
}

const tabs = (): readonly string[] =>
  vscode.window.tabGroups.all.flatMap((group) => group.tabs.map((tab) => tab.label));

describe('pages and chat tools in VS Code', function () {
  this.timeout(120_000);
  const flowId = flowIdOf(fileOf(FLOW));
  let api: AcceleratorApi;

  before(async () => {
    const extension = vscode.extensions.getExtension<AcceleratorApi>(EXTENSION);
    assert.ok(extension);
    api = await extension.activate();
    await vscode.commands.executeCommand(COMMANDS.populateFlows);
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  async function call(tool: string, input: object): Promise<Readonly<Record<string, unknown>>> {
    const result = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined });
    const [part] = result.content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value) as Readonly<Record<string, unknown>>;
  }

  /** Other suites of this window may have converted the flow before. */
  async function convert(): Promise<string> {
    const started = await api.startConversion(flowId);
    assert.ok(started.success, started.success ? '' : started.error.message);
    await until(
      'end of the attempt',
      async () => {
        const answer = await api.getHistory(flowId);
        const row = answer.success ? answer.history.find(({ attempt_id: id }) => id === started.attempt_id) : undefined;
        return row?.completed_at != null;
      },
      { timeoutMs: 60_000 },
    );
    return started.attempt_id;
  }

  it('offers every tool that the manifest declares', () => {
    const known = new Set(vscode.lm.tools.map(({ name }) => name));
    assert.deepEqual(
      Object.values(TOOLS).filter((name) => !known.has(name)),
      [],
    );
  });

  it('lists flows, explains a processor and assesses a flow for a chat agent', async () => {
    const found = await call(TOOLS.listFlows, { query: 'mongodb' });
    assert.deepEqual(
      (found['flows'] as { flow_id: string }[]).map((flow) => flow.flow_id),
      [flowId],
    );
    const explained = await call(TOOLS.explainProcessor, { type: 'RouteOnAttribute' });
    assert.equal(explained['level'], 'converted');
    const assessed = await call(TOOLS.assessFlow, { flow: flowId });
    assert.equal((assessed['flows'] as { processors: number }[])[0]?.processors, 7);
  });

  it('answers a wrong call in words', async () => {
    const answer = await call(TOOLS.getHistory, { flow: 'no such flow' });
    assert.deepEqual(answer, {
      success: false,
      error: {
        reason: 'flowNotRegistered',
        message: 'No flow has the id or the name "no such flow". List the flows first.',
      },
    });
    assert.equal((await call(TOOLS.getHistory, { flow: 5 }))['success'], false);
  });

  it('compares two attempts', async () => {
    const [first, second] = [await convert(), await convert()];
    const history = await call(TOOLS.getHistory, { flow: flowId });
    const rows = history['history'] as { attempt_id: string; attempt_number: number }[];
    const [newer, older] = rows;
    assert.deepEqual([newer?.attempt_id, older?.attempt_id], [second, first]);
    await vscode.commands.executeCommand(COMMANDS.compareAttempts, null, [
      { flowId, attemptId: second },
      { flowId, attemptId: first },
    ]);
    await until('page of two attempts', async () =>
      tabs().includes(`Compare attempts ${older?.attempt_number ?? 0} and ${newer?.attempt_number ?? 0}`),
    );
  });

  it('opens failures by cause, and an assessment of a folder', async () => {
    await vscode.commands.executeCommand(COMMANDS.showFailures);
    await until('page of failures', async () => tabs().includes('Failures by cause'));
    await vscode.commands.executeCommand(COMMANDS.assessEstate, vscode.Uri.file(fileOf('prod-us')));
    await until('page of the assessment', async () => tabs().includes('Assessment: prod-us'));
  });

  it('copies a link to an attempt', async () => {
    await vscode.commands.executeCommand(COMMANDS.copyLink, { flowId, attemptId: `${flowId}_attempt_1` });
    assert.match(await vscode.env.clipboard.readText(), new RegExp(`//${EXTENSION}/attempt/${flowId}_attempt_1$`));
  });
});
