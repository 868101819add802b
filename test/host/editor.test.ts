import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as vscode from 'vscode';
import { LEVELS, readLevelTable } from '../../src/nifi/levels';
import type { LevelTable } from '../../src/nifi/levels';
import { COMMANDS, SCHEMES } from '../../src/platform/contributions';
import { until } from '../support/until';

const repository = process.env['TEST_REPOSITORY'] ?? '';
const FIXTURES = path.join(repository, 'test', 'fixtures', 'editor');

function folder(): string {
  const opened = vscode.workspace.workspaceFolders?.[0];
  assert.ok(opened !== undefined, 'a folder is open');
  return path.join(opened.uri.fsPath, 'editor');
}

async function open(file: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  await vscode.window.showTextDocument(document);
  return document;
}

/** The position of a text, moved by some characters. */
function at(document: vscode.TextDocument, text: string, by = 1): vscode.Position {
  const offset = document.getText().indexOf(text);
  assert.ok(offset >= 0, `${text} is in the document`);
  return document.positionAt(offset + by);
}

async function lenses(document: vscode.TextDocument): Promise<readonly vscode.CodeLens[]> {
  return vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 100);
}

/** What a lens's command is called with. */
function args(lens: vscode.CodeLens): readonly unknown[] {
  return lens.command?.arguments ?? [];
}

async function symbols(document: vscode.TextDocument): Promise<readonly vscode.DocumentSymbol[]> {
  const found = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
    'vscode.executeDocumentSymbolProvider',
    document.uri,
  );
  return (found ?? []).filter((one) => one.detail === 'process group' || one.detail === 'parameter context');
}

async function hover(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const found = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return found
    .flatMap((one) => one.contents)
    .map((one) => (one instanceof vscode.MarkdownString ? one.value : ''))
    .join('\n');
}

function findings(document: vscode.TextDocument): readonly vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document.uri).filter((one) => one.source === 'NiFi');
}

function code(diagnostic: vscode.Diagnostic): string {
  return typeof diagnostic.code === 'string' ? diagnostic.code : '';
}

async function replace(document: vscode.TextDocument, from: string, to: string): Promise<void> {
  const start = document.getText().indexOf(from);
  assert.ok(start >= 0, `${from} is in the document`);
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(start), document.positionAt(start + from.length));
  edit.replace(document.uri, range, to);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

describe('a NiFi document in the editor', () => {
  let document: vscode.TextDocument;
  /** The levels grow with the converter; what is shown follows them. */
  let levels: LevelTable;

  before(async () => {
    levels = await readLevelTable(path.join(repository, 'notebooks', 'nifi_converter', 'processor_types.json'));
    mkdirSync(folder(), { recursive: true });
    cpSync(path.join(FIXTURES, 'orders.json'), path.join(folder(), 'orders.json'));
    document = await open(path.join(folder(), 'orders.json'));
    await until('findings', () => findings(document).length > 0);
  });
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('has an outline of groups, processors, ports, services and parameters', async () => {
    const [root, context] = await until('symbols', async () => {
      const found = await symbols(document);
      return found.length > 0 ? found : null;
    });
    assert.ok(root !== undefined && context !== undefined);
    assert.equal(root.name, 'Orders');
    const children = new Map(root.children.map((one) => [one.name, one]));
    assert.deepEqual([...children.keys()].sort(), [
      'Alerts',
      'CSV writer',
      'Fetch orders',
      'Name file',
      'Orders reader',
      'Orders to CSV',
      'Score order',
      'Warehouse',
    ]);
    assert.equal(children.get('Fetch orders')?.detail, `InvokeHTTP · ${levels.levelOf('InvokeHTTP')}`);
    assert.deepEqual(
      children
        .get('Alerts')
        ?.children.map(({ name, detail }) => `${name}: ${detail}`)
        .sort(),
      ['Late orders: input port', `Push alert: PutWebSocket · ${levels.levelOf('PutWebSocket')}`],
    );
    assert.deepEqual(
      context.children.map((one) => one.name),
      ['shop.url', 'shop.token'],
    );
    const text = document.getText(children.get('Name file')?.range);
    assert.deepEqual(Object.keys(JSON.parse(text) as object)[0], 'identifier');
  });

  it('shows findings at their places, an expression with its exact range', () => {
    const shown = new Map(findings(document).map((one) => [code(one), one]));
    assert.deepEqual(
      [...shown.keys()].sort(),
      [levels.levelOf('PutWebSocket'), 'clear_secret', 'expression', 'unknown_type'].sort(),
    );
    const expression = shown.get('expression');
    assert.equal(expression?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(document.getText(expression.range), 'toUper');
    const secret = shown.get('clear_secret');
    assert.equal(secret === undefined ? '' : document.getText(secret.range), 'hunter2-in-clear');
    const unknown = shown.get('unknown_type');
    assert.equal(unknown === undefined ? '' : document.getText(unknown.range), 'com.example.shop.ScoreOrder');
  });

  it('gives findings the severity that the setting names', async () => {
    const settings = vscode.workspace.getConfiguration('nifiAccelerator');
    await settings.update('diagnosticSeverity', { clear_secret: 'error', unknown_type: 'off' });
    try {
      await until('changed findings', () => !findings(document).some((one) => code(one) === 'unknown_type'));
      const secret = findings(document).find((one) => code(one) === 'clear_secret');
      assert.equal(secret?.severity, vscode.DiagnosticSeverity.Error);
    } finally {
      await settings.update('diagnosticSeverity', undefined);
    }
    await until('all findings', () => findings(document).some((one) => code(one) === 'unknown_type'));
  });

  it('has lenses: convert, counts, and why a processor does not convert', async () => {
    const shown = await until('a lens to convert', async () => {
      const found = await lenses(document);
      return found.some((one) => one.command?.command === COMMANDS.startConversion) ? found : null;
    });
    const titles = shown.map((one) => one.command?.title ?? '');
    const counts = (types: readonly string[]): string =>
      LEVELS.map((level) => [types.filter((type) => levels.levelOf(type) === level).length, level.replace('_', ' ')])
        .filter(([count]) => count !== 0)
        .map((one) => one.join(' '))
        .join(', ');
    const types = ['InvokeHTTP', 'UpdateAttribute', 'ConvertRecord', 'ScoreOrder', 'PutWebSocket'];
    assert.ok(titles.includes(`5 processors: ${counts(types)}`), titles.join('\n'));
    assert.ok(titles.includes(`1 processor: ${counts(['PutWebSocket'])}`), titles.join('\n'));
    const why = shown.find((one) => /Not a processor of NiFi/.test(one.command?.title ?? ''));
    const line = why === undefined ? '' : document.lineAt(why.range.start.line + 1).text;
    assert.match(line, /p-lookup/);
  });

  it('explains a processor, a property with its default, and what an expression becomes', async () => {
    const processor = await hover(document, at(document, 'Orders to CSV'));
    assert.match(processor, /ConvertRecord/);
    assert.match(processor, new RegExp(`Level: \\*\\*${levels.levelOf('ConvertRecord')}\\*\\*`));
    assert.match(processor, /On Databricks: Read and written/);
    assert.match(processor, /\| Record Reader \| Orders reader \|/);
    const fetch = await hover(document, at(document, 'Fetch orders'));
    assert.match(fetch, /\| Property&emsp; \| Value&emsp; \| NiFi’s default \|/);
    assert.match(fetch, /\| HTTP URL \| .*shop/);
    const pool = await hover(document, at(document, '"Warehouse"', 3));
    assert.match(pool, /\| Password \| \*hidden\* \|/);
    assert.doesNotMatch(pool, /hunter2/);
    const called = await hover(document, at(document, 'substringBefore', 3));
    assert.match(called, /substringBefore\(text\)`` on text gives text/);
    const property = await hover(document, at(document, '"HTTP Method"', 3));
    assert.match(property, /default ``GET``/);
    const expression = await hover(document, at(document, "${filename:substringBefore('.')}.csv", 5));
    assert.match(expression, /F\.substring_index|F\./);
    assert.match(expression, /reads ``filename``/);
    const service = await hover(document, at(document, '"record-reader": "s-json"', 20));
    assert.match(service, /Refers to \*\*Orders reader\*\*/);
    const parameter = await hover(document, at(document, '#{shop.url}', 4));
    assert.match(parameter, /Parameter \*\*shop\\?\.url\*\*/);
    assert.equal(await hover(document, at(document, '"bulletinLevel"')), '', 'nothing where there is nothing to say');
  });

  it('goes to services, parameters and connections’ ends, and finds what names them', async () => {
    const definition = async (position: vscode.Position): Promise<string> => {
      const found = await vscode.commands.executeCommand<vscode.LocationLink[]>(
        'vscode.executeDefinitionProvider',
        document.uri,
        position,
      );
      const range = found[0]?.targetSelectionRange;
      return range === undefined ? '' : document.getText(range);
    };
    assert.equal(await definition(at(document, '"record-writer": "s-csv"', 20)), 'CSV writer');
    assert.equal(await definition(at(document, '#{shop.url}', 4)), 'shop.url');
    assert.equal(await definition(at(document, '"id": "p-convert"', 9)), 'Orders to CSV');
    assert.equal(await definition(at(document, '"id": "in-alerts"', 9)), 'Late orders');
    const references = await vscode.commands.executeCommand<vscode.Location[]>(
      'vscode.executeReferenceProvider',
      document.uri,
      at(document, 'Orders to CSV'),
    );
    assert.deepEqual(references.map((one) => document.getText(one.range)).sort(), [
      'Orders to CSV',
      'p-convert',
      'p-convert',
    ]);
  });

  it('completes functions and attribute names inside an expression, and nothing outside', async () => {
    const complete = async (position: vscode.Position): Promise<readonly string[]> => {
      const found = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        position,
      );
      return found.items.map((one) => (typeof one.label === 'string' ? one.label : one.label.label));
    };
    const functions = await complete(at(document, '${shop.id:toUpper()}', '${shop.id:to'.length));
    assert.ok(functions.includes('toUpper') && functions.includes('toLower') && functions.includes('ifElse'));
    assert.ok(!functions.includes('now'), 'now() stands first');
    const attributes = await complete(at(document, '${shop.id:toUpper()}', '${sh'.length));
    assert.ok(attributes.includes('shop') && attributes.includes('filename') && attributes.includes('now'));
    assert.ok(attributes.includes('invokehttp.status.code'), 'what NiFi documents that a processor writes');
    const outside = await complete(at(document, 'Orders to CSV', 3));
    assert.ok(!outside.includes('toUpper') && !outside.includes('uuid'));
  });

  it('offers to explain, to open the cell and to copy the task, and copies it', async () => {
    const finding = findings(document).find((one) => code(one) === 'unknown_type');
    assert.ok(finding !== undefined);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      finding.range,
    );
    const commands = actions.flatMap((one) => (one.command === undefined ? [] : [one.command.command]));
    for (const name of ['explainProcessor', 'openGeneratedCell', 'copyTask'] as const) {
      assert.ok(commands.includes(COMMANDS[name]), name);
    }
    await vscode.commands.executeCommand(COMMANDS.copyTask, document.uri, document.offsetAt(finding.range.start));
    const task = await vscode.env.clipboard.readText();
    assert.match(task, /### Score order \(ScoreOrder\)/);
    assert.match(task, /- Flow: orders\.json/);
  });

  it('keeps its last good picture while the text is half typed', async () => {
    const before = (await symbols(document))[0]?.children.length;
    await replace(document, '"name": "Score order",', '"name": "Score order');
    const shown = await symbols(document);
    assert.equal(shown[0]?.children.length, before, 'the outline is whole');
    const last = shown[0]?.children.find((one) => one.name === 'Warehouse');
    assert.equal(last === undefined ? '' : document.getText(last.selectionRange), 'Warehouse', 'places moved along');
    await until('a finding about the text', () => findings(document).some((one) => code(one) === 'unreadable'));
    await replace(document, '"name": "Score order', '"name": "Score order",');
    await until('no such finding', () => !findings(document).some((one) => code(one) === 'unreadable'));
  });

  it('follows what is corrected', async () => {
    await replace(document, 'toUper()', 'toUpper()');
    await until('no wrong expression', () => !findings(document).some((one) => code(one) === 'expression'));
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('says nothing about other documents', async () => {
    const other = path.join(folder(), 'other.json');
    writeFileSync(other, JSON.stringify({ name: 'x', scripts: { build: 'echo ${a:toUper()}' } }, null, 2));
    const ours = await open(other);
    assert.deepEqual(await lenses(ours), []);
    assert.deepEqual(findings(ours), []);
  });
});

describe('NiFi: Open Flow', () => {
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('shows a packed file of one line over many lines, read-only, with everything in it', async () => {
    mkdirSync(folder(), { recursive: true });
    const flow = JSON.parse(readFileSync(path.join(FIXTURES, 'orders.json'), 'utf8')) as object;
    const file = path.join(folder(), 'packed.json.gz');
    writeFileSync(file, gzipSync(JSON.stringify(flow)));
    await vscode.commands.executeCommand(COMMANDS.openFlow, vscode.Uri.file(file));
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.uri.scheme, SCHEMES.openFlow);
    const { document } = editor;
    assert.equal(document.languageId, 'json');
    assert.ok(document.lineCount > 300);
    assert.deepEqual(JSON.parse(document.getText()), flow);
    await until('findings', () => findings(document).some((one) => code(one) === 'expression'));
    assert.equal((await symbols(document))[0]?.name, 'Orders');
    assert.ok((await lenses(document)).length > 3);
    const { version } = document;
    await vscode.commands.executeCommand('type', { text: 'x' });
    assert.equal(document.version, version, 'it is read-only');
  });

  it('is offered where a flow stands on one line', async () => {
    const flow = JSON.parse(readFileSync(path.join(FIXTURES, 'orders.json'), 'utf8')) as { comments?: string };
    const file = path.join(folder(), 'line.json');
    writeFileSync(file, JSON.stringify({ ...flow, latest: 'x'.repeat(20_000) }));
    const document = await open(file);
    const shown = await lenses(document);
    assert.ok(shown.some((one) => one.command?.command === COMMANDS.openFlow));
  });
});

describe('between a flow and its notebooks', () => {
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('opens the cell that a conversion made of a processor, and comes back from it', async function () {
    this.timeout(120_000);
    mkdirSync(folder(), { recursive: true });
    const file = path.join(folder(), 'linked.json');
    cpSync(path.join(FIXTURES, 'orders.json'), file);
    const document = await open(file);
    await vscode.commands.executeCommand(COMMANDS.populateFlows);
    const convert = await until('a lens to convert', async () =>
      (await lenses(document)).find((one) => one.command?.command === COMMANDS.startConversion),
    );
    await vscode.commands.executeCommand(COMMANDS.startConversion, ...args(convert));
    await until(
      'a history of one attempt that ended',
      async () => {
        const titles = (await lenses(document)).map((one) => one.command?.title ?? '');
        return titles.some((one) => one.includes('History (1 attempt)')) && titles.includes('$(play)\u00a0Convert');
      },
      { timeoutMs: 90_000, intervalMs: 200 },
    );
    const offset = document.offsetAt(at(document, 'p-convert'));
    await vscode.commands.executeCommand(COMMANDS.openGeneratedCell, document.uri, offset);
    const notebook = await until('the notebook', () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document.languageId === 'python' ? editor : null;
    });
    const line = notebook.selection.active.line;
    const before = notebook.document.getText(new vscode.Range(Math.max(0, line - 25), 0, line, 0));
    assert.match(before, /Orders to CSV/);

    const back = (await lenses(notebook.document)).find((one) => one.command?.title.includes('Orders to CSV'));
    assert.equal(back?.command?.command, COMMANDS.showProcessor);
    await vscode.commands.executeCommand(COMMANDS.showProcessor, ...args(back));
    const shown = vscode.window.activeTextEditor;
    assert.equal(shown?.document.uri.fsPath, file);
    assert.equal(shown.document.getText(shown.selection), 'Orders to CSV');
  });
});
