/**
 * A company's network: its proxy and its own certificate authority, for the REST client and for the SQL driver alike. The
 * workspace's name is one that only the proxy can resolve, so nothing that arrives there can have gone around it.
 */
import assert from 'node:assert/strict';

import * as z from 'zod/mini';

import { AcceleratorError } from '../../../src/flows/errors';
import { networkFor, type Network } from '../../../src/workspaces/databricks/rest/network';
import { RestClient } from '../../../src/workspaces/databricks/rest/restClient';
import { UndiciHttp } from '../../../src/workspaces/databricks/rest/undiciHttp';
import { DatabricksSqlClient } from '../../../src/workspaces/databricks/sql/databricksSqlClient';
import { chainFor, never } from '../../databricks/fixtures';
import { startConnectProxy, type ConnectProxy, type ConnectProxyOptions } from '../../support/connectProxy';
import { privateAuthority, UNRESOLVABLE, type Authority } from '../../support/fakeWorkspace/authority';
import { emptyEngine } from '../../support/fakeWorkspace/emptyEngine';
import { FakeWorkspace } from '../../support/fakeWorkspace/fakeWorkspace';

describe('proxy', () => {
  const proxy = (env: NodeJS.ProcessEnv, host = 'adb.example.com', setting = ''): string | null =>
    networkFor(host, { proxy: setting, noProxy: [], env }).proxy;
  it('comes from the setting before the environment', () =>
    assert.equal(proxy({ HTTPS_PROXY: 'http://env:1' }, 'a.b', 'http://setting:2'), 'http://setting:2'));
  it('takes the environment, lower case first', () =>
    assert.equal(proxy({ HTTPS_PROXY: 'http://upper:1', https_proxy: 'low:2' }), 'http://low:2'));
  for (const [entry, around] of [
    ['example.com', true],
    ['.example.com', true],
    ['*.example.com', true],
    ['*', true],
    ['ample.com', false],
    ['adb.example.com:443', true],
    ['other.com', false],
  ] as const) {
    it(`no_proxy=${entry} goes ${around ? 'around' : 'through'} it`, () =>
      assert.equal(proxy({ HTTPS_PROXY: 'http://p:1', NO_PROXY: entry }) === null, around));
  }
});

interface Clients {
  readonly rest: RestClient;
  readonly sql: DatabricksSqlClient;
}

/** Two users of the network; each sends one thing. */
const WAYS = {
  REST: async ({ rest }) => {
    const me = { method: 'GET', path: '/api/2.0/preview/scim/v2/Me', what: 'see who is signed in' } as const;
    assert.equal((await rest.json(me, z.object({ userName: z.string() }), never)).userName, 'data-eng@example.com');
  },
  SQL: async ({ sql }) => assert.deepEqual((await sql.execute('SELECT 1', {}, { signal: never })).rows, []),
} satisfies Record<string, (clients: Clients) => Promise<void>>;

const PASSWORD = 'p@ss:w/rd#%ü';

for (const [way, send] of Object.entries(WAYS)) {
  describe(`the company's network, ${way}`, function () {
    this.timeout(60_000);
    let fake: FakeWorkspace;
    let authority: Authority;
    const proxies: ConnectProxy[] = [];
    const closing: (() => Promise<void>)[] = [];

    before(async () => {
      fake = await FakeWorkspace.start({ engine: emptyEngine });
      authority = await privateAuthority();
    });
    after(() => fake.stop());
    beforeEach(() => fake.resetCounts());
    afterEach(async () => {
      await Promise.all(closing.splice(0).map((close) => close()));
      await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
    });

    const proxyWith = async (options?: ConnectProxyOptions): Promise<ConnectProxy> => {
      const proxy = await startConnectProxy(options);
      proxies.push(proxy);
      return proxy;
    };
    /** `straight`: by a name that this computer resolves itself. */
    const open = async (
      given: { proxy?: string; noProxy?: readonly string[]; trusted?: readonly string[]; env?: NodeJS.ProcessEnv },
      { straight = false } = {},
    ): Promise<Clients> => {
      const { proxy = '', noProxy = [], trusted = [fake.certificate], env = {} } = given;
      const network = (name: string): Network => networkFor(name, { proxy, noProxy, env, extraCa: trusted });
      const http = new UndiciHttp({ network, userAgent: 'test/0' });
      const host = straight ? fake.host : fake.host.replace('localhost', UNRESOLVABLE);
      const auth = await chainFor(fake, { host, http });
      const sql = new DatabricksSqlClient({
        auth,
        httpPath: () => fake.warehouseHttpPath,
        network: network(new URL(host).hostname),
        userAgent: 'test/0',
        beforeSession: () => Promise.resolve(),
        log: () => undefined,
      });
      closing.push(
        () => sql.close(),
        () => http.close(),
      );
      return { rest: new RestClient(auth, http), sql };
    };
    const at = (proxy: ConnectProxy, scheme = 'http', user = ''): string =>
      `${scheme}://${user}localhost:${proxy.port}`;
    const target = (): string => new URL(fake.host.replace('localhost', UNRESOLVABLE)).host;
    const arrived = (): number => [...fake.calls.values()].reduce((sum, count) => sum + count, 0);

    it('goes through the proxy of the settings', async () => {
      const proxy = await proxyWith();
      await send(await open({ proxy: at(proxy) }));
      assert.ok(arrived() > 0 && proxy.tunnels.length > 0);
      assert.deepEqual([...new Set(proxy.tunnels)], [target()]);
    });

    it('goes through the proxy of the environment', async () => {
      const proxy = await proxyWith();
      await send(await open({ env: { HTTPS_PROXY: at(proxy) } }));
      assert.ok(proxy.tunnels.length > 0);
    });

    for (const [name, exception] of [
      ['no_proxy', { env: { no_proxy: 'other.example.com, localhost' } }],
      ['http.noProxy', { noProxy: ['localhost'] }],
    ] as const) {
      it(`goes around it where ${name} says so`, async () => {
        const proxy = await proxyWith();
        await send(await open({ proxy: at(proxy), ...exception }, { straight: true }));
        assert.ok(arrived() > 0);
        assert.deepEqual(proxy.tunnels, []);
      });
    }

    it('gives the proxy its user and password, whatever characters they hold', async () => {
      const proxy = await proxyWith({ credentials: `ann@corp:${PASSWORD}` });
      await send(await open({ proxy: at(proxy, 'http', `ann%40corp:${encodeURIComponent(PASSWORD)}@`) }));
      assert.ok(proxy.tunnels.length > 0);
      assert.equal(proxy.refused, 0);
    });

    it('says at once that the proxy asks for credentials, and names none', async () => {
      const proxy = await proxyWith({ credentials: 'ann:right' });
      await assert.rejects(send(await open({ proxy: at(proxy, 'http', 'ann:wr0ng@') })), (error) => {
        assert.ok(AcceleratorError.is(error, 'offline'), String(error));
        assert.match(error.message, /asks for a user name and a password/);
        assert.ok(!JSON.stringify([error.message, error.stack, error.details]).includes('wr0ng'));
        return true;
      });
      assert.deepEqual([proxy.tunnels.length, proxy.refused, arrived()], [0, 1, 0]);
    });

    it('goes through a proxy with https and a certificate of the company', async () => {
      const proxy = await proxyWith({ tls: await authority.issue() });
      const trusted = [fake.certificate, authority.certificate];
      await send(await open({ proxy: at(proxy, 'https'), trusted }));
      assert.ok(proxy.tunnels.length > 0);
      await assert.rejects(
        send(await open({ proxy: at(proxy, 'https'), trusted: [fake.certificate] })),
        (error) => AcceleratorError.is(error, 'offline') && /certificate/.test(error.message),
      );
    });

    for (const through of [true, false]) {
      const by = through ? 'through a proxy' : 'straight';
      it(`trusts the company's own authority ${by}, and no other`, async () => {
        const proxy = await proxyWith();
        const network = through ? { proxy: at(proxy) } : {};
        await send(await open(network, { straight: !through }));
        fake.resetCounts();
        const begun = Date.now();
        await assert.rejects(
          send(await open({ ...network, trusted: [authority.certificate] }, { straight: !through })),
          (error) => {
            assert.ok(AcceleratorError.is(error, 'offline'), String(error));
            assert.match(error.message, /certificate of .* is not trusted/);
            return true;
          },
        );
        assert.equal(arrived(), 0, 'no request, and so no token, went to a server that nobody vouches for');
        assert.ok(Date.now() - begun < 10_000, 'nothing is repeated');
      });
    }
  });
}
