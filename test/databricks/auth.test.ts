import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AcceleratorError } from '../../src/flows/errors';
import { AuthChain } from '../../src/workspaces/databricks/auth/chain';
import { azureCliSource, databricksCliSource, isAzureHost } from '../../src/workspaces/databricks/auth/childToken';
import { parseHost } from '../../src/workspaces/databricks/auth/host';
import { parseProfiles } from '../../src/workspaces/databricks/auth/profiles';
import type { Http, HttpAnswer, HttpRequest } from '../../src/workspaces/databricks/rest/http';
import { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { chainFor, EMPTY_ENV, never } from './fixtures';

/** Answers nothing, and remembers what it was asked to send. */
class SpyHttp implements Http {
  readonly sent: HttpRequest[] = [];
  constructor(private readonly answer: (request: HttpRequest) => Partial<HttpAnswer> = () => ({ status: 404 })) {}
  send(request: HttpRequest): Promise<HttpAnswer> {
    this.sent.push(request);
    return Promise.resolve({ status: 200, headers: {}, bytes: new Uint8Array(), text: '', ...this.answer(request) });
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const noVault = { token: () => Promise.resolve(null) };

describe('host', () => {
  for (const [given, expected] of [
    ['adb-1.2.azuredatabricks.net', 'https://adb-1.2.azuredatabricks.net'],
    ['https://Example.cloud.databricks.com/?o=123#job', 'https://example.cloud.databricks.com'],
    ['https://example.com/', 'https://example.com'],
  ] as const) {
    it(`cleans ${given}`, () => assert.equal(parseHost(given), expected));
  }
  for (const bad of [
    'http://example.com',
    'ftp://example.com',
    'https://user:pw@example.com',
    '',
    'https://',
    'not a host',
  ]) {
    it(`refuses "${bad}"`, () =>
      assert.throws(
        () => parseHost(bad),
        (error) => AcceleratorError.is(error, 'badSetting') && !error.message.includes('pw'),
      ));
  }
});

describe('profile file', () => {
  const text = [
    '; a comment',
    '[DEFAULT]',
    'host = https://default.example.com',
    'token = dapi-default',
    '[__settings__]',
    'default_profile = team.eu',
    '[team.eu]',
    'host=team.example.com',
    'client_id = me',
    'client_secret = hush',
    '[broken]',
    'host = http://insecure.example.com',
    '[nothing]',
    'token = dapi-lost',
  ].join('\n');
  const { profiles, skipped } = parseProfiles(text);

  it('lists each section that names a host, and says why others are left out', () => {
    assert.deepEqual(profiles.map(({ name }) => name).sort(), ['DEFAULT', 'team.eu']);
    assert.deepEqual(skipped.map(({ name }) => name).sort(), ['broken', 'nothing']);
  });
  it('takes the default from the settings section, which is no profile', () =>
    assert.deepEqual(
      profiles.filter(({ isDefault }) => isDefault).map(({ name }) => name),
      ['team.eu'],
    ));
  it('does not let values of DEFAULT flow into other sections', () =>
    assert.equal(profiles.find(({ name }) => name === 'team.eu')?.token, null));
});

describe('auth chain', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'auth-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function withProfiles(text: string): Promise<NodeJS.ProcessEnv> {
    const path = join(folder, 'databrickscfg');
    await writeFile(path, text);
    return { DATABRICKS_CONFIG_FILE: path, PATH: '' };
  }

  it("refuses to send a profile's credential to the host that a folder's setting names", async () => {
    const env = await withProfiles('[DEV]\nhost = https://good.example.com\ntoken = dapi-secret\n');
    await assert.rejects(
      AuthChain.open({ host: 'https://evil.example.com', profile: 'DEV', env, vault: noVault, http: new SpyHttp() }),
      (error) => AcceleratorError.is(error, 'badSetting') && !error.message.includes('dapi-secret'),
    );
  });

  it("uses the environment's token for DATABRICKS_HOST alone", async () => {
    const env = { ...EMPTY_ENV, DATABRICKS_HOST: 'https://good.example.com', DATABRICKS_TOKEN: 'dapi-secret' };
    const good = await AuthChain.open({
      host: 'good.example.com',
      profile: '',
      env,
      vault: noVault,
      http: new SpyHttp(),
    });
    assert.equal(await good.bearer(never), 'dapi-secret');
    const evil = await AuthChain.open({
      host: 'evil.example.com',
      profile: '',
      env,
      vault: noVault,
      http: new SpyHttp(),
    });
    await assert.rejects(evil.bearer(never), (error) => AcceleratorError.is(error, 'notSignedIn'));
  });

  it("does not use the environment's token where DATABRICKS_HOST is unset", async () => {
    const env = { ...EMPTY_ENV, DATABRICKS_TOKEN: 'dapi-secret' };
    const chain = await AuthChain.open({
      host: 'any.example.com',
      profile: '',
      env,
      vault: noVault,
      http: new SpyHttp(),
    });
    await assert.rejects(chain.bearer(never), (error) => AcceleratorError.is(error, 'notSignedIn'));
  });

  it('asks the vault for this host only', async () => {
    const asked: string[] = [];
    const vault = {
      token: (host: string) => {
        asked.push(host);
        return Promise.resolve('dapi-stored');
      },
    };
    const chain = await AuthChain.open({
      host: 'one.example.com',
      profile: '',
      env: EMPTY_ENV,
      vault,
      http: new SpyHttp(),
    });
    assert.equal(await chain.bearer(never), 'dapi-stored');
    assert.deepEqual(asked, ['https://one.example.com']);
    assert.deepEqual(chain.signedIn, {
      kind: 'storedToken',
      label: 'stored token',
      host: 'https://one.example.com',
      expiresAt: null,
    });
  });

  it('sends no client secret to a sign-in service on another host', async () => {
    const http = new SpyHttp(() => ({ status: 200, text: '{"token_endpoint": "https://evil.example.com/token"}' }));
    const env = await withProfiles('[SP]\nhost = https://good.example.com\nclient_id = me\nclient_secret = hush\n');
    const chain = await AuthChain.open({ host: '', profile: 'SP', env, vault: noVault, http });
    await assert.rejects(
      chain.bearer(never),
      (error) => AcceleratorError.is(error, 'notSignedIn') && !error.message.includes('hush'),
    );
    assert.deepEqual(
      http.sent.map(({ method }) => method),
      ['GET'],
    );
  });

  it('names a missing profile and the file', async () => {
    const env = await withProfiles('[A]\nhost = a.example.com\n');
    await assert.rejects(
      AuthChain.open({ host: '', profile: 'B', env, vault: noVault, http: new SpyHttp() }),
      (error) => AcceleratorError.is(error, 'notSignedIn') && error.message.includes('"B"'),
    );
  });

  it('renews once for all who wait, before the end', async () => {
    let now = new Date('2026-01-01T00:00:00Z');
    let grants = 0;
    const http = new SpyHttp((request) =>
      request.method === 'GET'
        ? { status: 404 }
        : { status: 200, text: JSON.stringify({ access_token: `t${++grants}`, expires_in: 3600 }) },
    );
    const env = await withProfiles('[SP]\nhost = https://good.example.com\nclient_id = me\nclient_secret = hush\n');
    const chain = await AuthChain.open({ host: '', profile: 'SP', env, vault: noVault, http, now: () => now });
    assert.deepEqual(await Promise.all([chain.bearer(never), chain.bearer(never), chain.bearer(never)]), [
      't1',
      't1',
      't1',
    ]);
    now = new Date(Date.now() + 3_600_000);
    assert.deepEqual(await Promise.all([chain.bearer(never), chain.bearer(never)]), ['t2', 't2']);
  });

  it('stops waiting when cancelled, with others still served', async () => {
    let release: (token: string) => void = () => undefined;
    const vault = { token: () => new Promise<string>((resolve) => (release = resolve)) };
    const chain = await AuthChain.open({
      host: 'one.example.com',
      profile: '',
      env: EMPTY_ENV,
      vault,
      http: new SpyHttp(),
    });
    const cancel = new AbortController();
    const cancelled = chain.bearer(cancel.signal);
    const patient = chain.bearer(never);
    cancel.abort();
    await assert.rejects(cancelled, (error) => AcceleratorError.is(error, 'cancelled'));
    await sleep(0);
    release('dapi-late');
    assert.equal(await patient, 'dapi-late');
  });
});

describe('a token that the platform refuses', () => {
  const env = { ...EMPTY_ENV, DATABRICKS_HOST: 'https://one.example.com', DATABRICKS_TOKEN: 'dapi-environment' };
  const vaultOf = (token: string | null) => ({ token: () => Promise.resolve(token) });

  it('is not sent again: the next way to sign in takes its place', async () => {
    const vault = vaultOf('dapi-stored');
    const chain = await AuthChain.open({ host: '', profile: '', env, vault, http: new SpyHttp() });
    assert.equal(await chain.bearer(never), 'dapi-stored');
    chain.refused('dapi-stored');
    assert.equal(await chain.bearer(never), 'dapi-environment');
    assert.equal(chain.signedIn?.kind, 'environmentToken');
  });

  it('leads to one question to the person where there is no other way, and a new token is taken', async () => {
    let stored = 'dapi-old';
    const vault = { token: () => Promise.resolve(stored) };
    const chain = await AuthChain.open({
      host: 'one.example.com',
      profile: '',
      env: EMPTY_ENV,
      vault,
      http: new SpyHttp(),
    });
    chain.refused(await chain.bearer(never));
    for (let call = 0; call < 2; call += 1) {
      await assert.rejects(chain.bearer(never), (error) => {
        assert.ok(AcceleratorError.is(error, 'notSignedIn') && error.mend === 'signIn');
        assert.match(error.message, /stored token: Databricks no longer accepts this token\./);
        return !error.message.includes('dapi-old');
      });
    }
    stored = 'dapi-new';
    assert.equal(await chain.bearer(never), 'dapi-new');
  });

  it('does not drop the one that somebody renewed meanwhile', async () => {
    const chain = await AuthChain.open({ host: '', profile: '', env, vault: vaultOf(null), http: new SpyHttp() });
    await chain.bearer(never);
    chain.refused('dapi-of-long-ago');
    assert.equal(chain.signedIn?.kind, 'environmentToken');
  });
});

describe('a login step that hangs', () => {
  it('is given up with its name, and holds up nobody after that', async () => {
    let calls = 0;
    const vault = {
      token: () => ((calls += 1) === 1 ? new Promise<string>(() => undefined) : Promise.resolve('dapi-2')),
    };
    const chain = await AuthChain.open({
      host: 'one.example.com',
      profile: '',
      env: EMPTY_ENV,
      vault,
      http: new SpyHttp(),
      timeoutMs: 50,
    });
    await assert.rejects(chain.bearer(never), (error) => {
      assert.ok(AcceleratorError.is(error, 'timedOut') && error.mend === 'signIn');
      assert.match(error.message, /stored token: no answer within 0\.05 seconds/);
      return true;
    });
    assert.equal(await chain.bearer(never), 'dapi-2');
  });

  it('of a child process is cut off', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cli-'));
    const cli = join(folder, 'databricks');
    await writeFile(cli, `#!/bin/sh\nexec sleep 60\n${'#'.repeat(1_100_000)}`);
    await chmod(cli, 0o755);
    const source = databricksCliSource({
      host: parseHost('a.example.com'),
      profile: null,
      env: { PATH: folder },
    });
    await assert.rejects(source.fetchToken(AbortSignal.timeout(100)), (error) =>
      AcceleratorError.is(error, 'timedOut'),
    );
    await rm(folder, { recursive: true });
  });
});

describe('Azure CLI', () => {
  const answer = '{"accessToken": "aad-1", "expiresOn": "2026-01-01 01:00:00.000000", "expires_on": 1767225600}';
  const source = (tenantId: string | null, called: string[][]) =>
    azureCliSource({
      host: parseHost('adb-1.2.azuredatabricks.net'),
      tenantId,
      run: (file, args) => {
        called.push([file, ...args]);
        return Promise.resolve(answer);
      },
    });

  it('is asked for the token of Databricks alone; its end is read from the field that has a zone', async () => {
    const called: string[][] = [];
    assert.deepEqual(await source('my-tenant', called).fetchToken(never), {
      value: 'aad-1',
      expiresAt: new Date('2026-01-01T00:00:00Z'),
    });
    const [args = []] = called;
    assert.deepEqual(args.slice(0, 3), ['az', 'account', 'get-access-token']);
    assert.deepEqual(args.slice(-2), ['--tenant', 'my-tenant']);
    assert.ok(!args.join(' ').includes('aad-1'));
  });
  it('gets no tenant that a shell would read as more than one word', async () => {
    await assert.rejects(source('x & calc', []).fetchToken(never), /tenant id/);
  });
  it('is asked for hosts of Azure alone', () => {
    assert.ok(isAzureHost(parseHost('adb-1.2.azuredatabricks.net')));
    for (const host of ['azuredatabricks.net.evil.com', 'evil-azuredatabricks.net', 'x.cloud.databricks.com']) {
      assert.ok(!isAzureHost(parseHost(host)), host);
    }
  });
});

describe('Databricks CLI', () => {
  it('hands over profile or host as arguments, never a token, and reads the answer', async () => {
    let called: readonly string[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'cli-'));
    const cli = join(folder, 'databricks');
    await writeFile(cli, Buffer.alloc(1_100_000));
    await chmod(cli, 0o755);
    const source = databricksCliSource({
      host: parseHost('a.example.com'),
      profile: 'DEV',
      env: { PATH: folder },
      run: (file, args) => {
        called = [file, ...args];
        return Promise.resolve('{"access_token": "oauth-1", "token_type": "Bearer", "expiry": "2026-01-01T00:00:00Z"}');
      },
    });
    assert.deepEqual(await source.fetchToken(never), { value: 'oauth-1', expiresAt: new Date('2026-01-01T00:00:00Z') });
    assert.deepEqual(called, [cli, 'auth', 'token', '--profile', 'DEV']);
    await rm(folder, { recursive: true });
  });
  it('tells the old Python tool apart by its size', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cli-'));
    await writeFile(join(folder, 'databricks'), '#!/usr/bin/python');
    const source = databricksCliSource({ host: parseHost('a.example.com'), profile: null, env: { PATH: folder } });
    await assert.rejects(source.fetchToken(never), /is the old one/);
    await rm(folder, { recursive: true });
  });
  it('refuses a profile name that would be an option', () =>
    assert.throws(
      () => databricksCliSource({ host: parseHost('a.example.com'), profile: '--debug', env: {} }),
      /cannot be a profile/,
    ));
  it('quotes the reason of a failing tool, and no token', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cli-'));
    const cli = join(folder, 'databricks');
    await writeFile(cli, `#!/bin/sh\necho secret-token\necho 'not logged in' >&2\nexit 1\n${'#'.repeat(1_100_000)}`);
    await chmod(cli, 0o755);
    const source = databricksCliSource({ host: parseHost('a.example.com'), profile: null, env: { PATH: folder } });
    await assert.rejects(source.fetchToken(never), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /not logged in/);
      assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /secret-token/);
      return true;
    });
    await rm(folder, { recursive: true });
  });
});

describe('auth chain on a workspace', () => {
  let fake: FakeWorkspace;
  before(async () => {
    fake = await FakeWorkspace.start();
  });
  after(() => fake.stop());

  it('signs a service principal in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'auth-'));
    const path = join(folder, 'cfg');
    await writeFile(path, `[SP]\nhost = ${fake.host}\nclient_id = principal\nclient_secret = principal-secret\n`);
    const env = { ...EMPTY_ENV, DATABRICKS_CONFIG_FILE: path };
    const chain = await chainFor(fake, { host: '', profile: 'SP', env });
    assert.match(await chain.bearer(never), /^oauth-/);
    assert.equal(chain.signedIn?.kind, 'profileOAuthMachine');
    await writeFile(path, `[SP]\nhost = ${fake.host}\nclient_id = principal\nclient_secret = wrong\n`);
    const refused = await chainFor(fake, { host: '', profile: 'SP', env });
    await assert.rejects(refused.bearer(never), /Client authentication failed/);
    await rm(folder, { recursive: true });
  });
});
