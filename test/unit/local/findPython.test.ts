/** The search for Python, with programs that answer as Pythons of all kinds do. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AcceleratorError } from '../../../src/flows/errors';
import { findPython, type PythonSearch } from '../../../src/workspaces/local/python/findPython';
import { agentEnvironment } from '../../../src/workspaces/local/runs/environment';
import { Place } from '../../support/localWindow';

const { signal } = new AbortController();

describe('findPython', function () {
  let place: Place;
  before(function () {
    if (process.platform === 'win32') this.skip(); // the programs here are shell scripts
  });
  beforeEach(() => (place = new Place()));
  afterEach(() => place.remove());

  /** A program that answers as Python of some version does. */
  function program(name: string, version: readonly number[] | string): string {
    const file = place.path(name);
    mkdirSync(path.dirname(file), { recursive: true });
    const body = typeof version === 'string' ? version : `printf '[[%s],"%s"]\\n' '${version.join(',')}' "$0"`;
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  function search(change: Partial<PythonSearch> = {}): PythonSearch {
    const PATH = [place.path('bin'), 'relative/bin', place.path('bin2')].join(path.delimiter);
    return { configured: '', candidates: [], environment: { PATH }, platform: 'linux', ...change };
  }

  const rejects = (options: PythonSearch, reason: string, text: RegExp): Promise<void> =>
    assert.rejects(findPython(options, signal), (error: unknown) => {
      assert.ok(AcceleratorError.is(error));
      assert.deepEqual([error.reason, error.mend], [reason, 'choosePython']);
      assert.match(error.message, text);
      return true;
    });

  it('asks the setting only, then the candidates, then PATH', async () => {
    const configured = program('set/python', [3, 11, 1]);
    const chosen = program('venv/bin/python', [3, 10, 0]);
    const onPath = program('bin/python3', [3, 9, 0]);
    assert.deepEqual(await findPython(search({ configured, candidates: [chosen] }), signal), {
      path: configured,
      version: '3.11.1',
    });
    assert.equal((await findPython(search({ candidates: [chosen] }), signal)).path, chosen);
    assert.equal((await findPython(search(), signal)).path, onPath);
  });

  it('finds a newer one by its name behind a python3 that is too old', async () => {
    program('bin/python3', [3, 6, 8]);
    const newer = program('bin2/python3.12', [3, 12, 0]);
    assert.equal((await findPython(search(), signal)).path, newer);
  });

  it('passes over a candidate that does not work', async () => {
    const onPath = program('bin/python3', [3, 9, 0]);
    const broken = program('venv/bin/python', 'echo "No module named _sqlite3" >&2; exit 1');
    assert.equal((await findPython(search({ candidates: [broken, place.path('none')] }), signal)).path, onPath);
  });

  it('says which setting is wrong and why, and never takes another instead', async () => {
    program('bin/python3', [3, 12, 0]);
    const broken = program('broken', 'echo "No module named _sqlite3" >&2; exit 1');
    await rejects(search({ configured: broken }), 'pythonMissing', /setting pythonPath.*No module named _sqlite3/);
    await rejects(search({ configured: place.path('none') }), 'pythonMissing', /there is no such program/);
    await rejects(search({ configured: program('odd', 'echo hello') }), 'pythonMissing', /does not answer as Python/);
    await rejects(search({ configured: program('old', [3, 8, 18]) }), 'pythonTooOld', /3\.9 or newer.*3\.8\.18/);
  });

  it('takes a setting that is only a name', async () => {
    const named = program('bin/my-python', [3, 13, 0]);
    assert.equal((await findPython(search({ configured: 'my-python' }), signal)).path, named);
  });

  it('tells none from too old', async () => {
    const nowhere = { PATH: place.path('bin') };
    if (!(await hasPythonOutsidePath()))
      await rejects(search({ environment: nowhere }), 'pythonMissing', /No Python was found/);
    program('bin/python3', [3, 8, 0]);
    program('bin/python', [2, 7, 18]);
    if (!(await hasPythonOutsidePath()))
      await rejects(search({ environment: nowhere }), 'pythonTooOld', /3\.8\.0.*2\.7\.18/);
  });

  it('never starts the stub of the Windows store', async () => {
    const stub = program('Microsoft/WindowsApps/python.exe', `touch ${place.path('started')}`);
    const { access } = await import('node:fs/promises');
    const environment = { PATH: path.dirname(stub) };
    await rejects(search({ platform: 'win32', environment, candidates: [stub] }), 'pythonMissing', /No Python/);
    await assert.rejects(access(place.path('started')));
  });

  it('uses the launcher of Windows', async () => {
    program('bin/py.exe', `[ "$1" = -3 ] && printf '[[3,12,1],"%s"]' "$0"`);
    const found = await findPython(search({ platform: 'win32' }), signal);
    assert.deepEqual(found, { path: place.path('bin/py.exe'), version: '3.12.1' });
  });

  it('gives no credentials to what it tries', async () => {
    const seen = place.path('seen');
    const configured = program('python', `env > ${seen}; printf '[[3,12,1],"%s"]' "$0"`);
    await findPython(
      search({ configured, environment: { PATH: '/bin:/usr/bin', DATABRICKS_TOKEN: 'x', PYTHONHOME: 'x' } }),
      signal,
    );
    const { readFile } = await import('node:fs/promises');
    assert.doesNotMatch(await readFile(seen, 'utf8'), /DATABRICKS|PYTHONHOME/);
  });
});

describe('agentEnvironment', () => {
  it('leaves out credentials and what steers Python, and keeps the rest', () => {
    const kept = {
      PATH: '/bin',
      HOME: '/home/x',
      LANG: 'C',
      SystemRoot: 'C:\\Windows',
      HTTPS_PROXY: 'http://p',
      TMPDIR: '/t',
    };
    const dropped = {
      DATABRICKS_HOST: 'x',
      databricks_token: 'x',
      AZURE_TENANT_ID: 'x',
      ARM_CLIENT_ID: 'x',
      PYTHONPATH: 'x',
      PYTHONSTARTUP: 'x',
      AWS_SESSION_TOKEN: 'x',
      GITHUB_TOKEN: 'x',
      DB_PASSWORD: 'x',
      MY_API_KEY: 'x',
      ELECTRON_RUN_AS_NODE: '1',
      NODE_OPTIONS: '--inspect',
      VSCODE_PID: '1',
      SSH_AUTH_SOCK: 'x',
    };
    assert.deepEqual(agentEnvironment({ ...kept, ...dropped }), kept);
  });
});

/** A Mac with Homebrew has one in the two folders that are always looked at. */
async function hasPythonOutsidePath(): Promise<boolean> {
  const { access } = await import('node:fs/promises');
  const names = ['python3', 'python', ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${minor}`)];
  for (const name of ['/opt/homebrew/bin', '/usr/local/bin'].flatMap((one) => names.map((two) => `${one}/${two}`))) {
    if (
      await access(name).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}
