/** Runs in the extension host: times what a person waits for in a large NiFi document, and what typing waits for. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as vscode from 'vscode';
import { until } from '../support/until';

export interface EditorSample {
  /** Until VS Code itself shows the document. */
  readonly shown: number;
  readonly outline: number;
  readonly outlineAgain: number;
  readonly findings: number;
  /** The longest time for which the extension host answered nobody while a person typed. */
  readonly typingBlocked: number;
  /** The same in a document of the same size that is no flow. */
  readonly otherBlocked: number;
  readonly keys: number;
  readonly heap: number;
}

const WAIT = { timeoutMs: 60_000, intervalMs: 10 };
const KEYS = 60;
/** A fast typist. */
const KEY_MS = 80;

/** Heap in use without what nobody holds any more. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}

function outline(document: vscode.TextDocument): Thenable<vscode.DocumentSymbol[] | undefined> {
  return vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', document.uri);
}

/** Types into the middle of a document; gives the longest pause of the extension host in milliseconds. */
async function typed(document: vscode.TextDocument): Promise<number> {
  const editor = await vscode.window.showTextDocument(document);
  const line = Math.floor(document.lineCount / 2);
  editor.selection = new vscode.Selection(line, 0, line, 0);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(1000);
  delay.enable();
  for (let key = 0; key < KEYS; key++) {
    await vscode.commands.executeCommand('type', { text: ' ' });
    // Now and then a pause, in which everything that waits for one begins.
    await sleep(key % 20 === 19 ? 1500 : KEY_MS);
  }
  delay.disable();
  await vscode.commands.executeCommand('workbench.action.files.revert');
  return delay.max / 1e6;
}

export async function run(): Promise<void> {
  const [result, flow, other] = ['BENCH_RESULT', 'BENCH_FLOW', 'BENCH_OTHER'].map((name) => process.env[name]);
  if (result === undefined || flow === undefined || other === undefined) throw new Error('a name is missing');
  await vscode.extensions.getExtension('nifi-accelerator.nifi-accelerator')?.activate();
  const plain = await vscode.workspace.openTextDocument(vscode.Uri.file(other));
  const otherBlocked = await typed(plain);
  const heapBefore = heapUsed();
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(flow));
  const opened = performance.now();
  await vscode.window.showTextDocument(document);
  const shown = performance.now() - opened;
  await until('outline', async () => ((await outline(document)) ?? []).length > 0, WAIT);
  const outlined = performance.now() - opened;
  await until('findings', () => vscode.languages.getDiagnostics(document.uri).length > 0, WAIT);
  const findings = performance.now() - opened;
  const heap = heapUsed() - heapBefore;
  const again = performance.now();
  await outline(document);
  const outlineAgain = performance.now() - again;
  const typingBlocked = await typed(document);
  const sample: EditorSample = {
    shown,
    outline: outlined,
    outlineAgain,
    findings,
    typingBlocked,
    otherBlocked,
    keys: KEYS,
    heap,
  };
  writeFileSync(result, JSON.stringify(sample));
}
