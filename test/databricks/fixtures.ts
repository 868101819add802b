/** What the tests of the Databricks workspace share: a fake workspace and clients that are signed in to it. */
import { AuthChain, type ChainOptions } from '../../src/workspaces/databricks/auth/chain';
import { networkFor } from '../../src/workspaces/databricks/rest/network';
import { RestClient } from '../../src/workspaces/databricks/rest/restClient';
import { UndiciHttp } from '../../src/workspaces/databricks/rest/undiciHttp';
import { DEMO_TOKEN, type FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';

/** An environment in which nothing of this computer's own sign-ins is found. */
export const EMPTY_ENV: NodeJS.ProcessEnv = { DATABRICKS_CONFIG_FILE: '/nonexistent/databrickscfg', PATH: '' };

export function httpFor(fake: FakeWorkspace, log: string[] = []): UndiciHttp {
  return new UndiciHttp({
    network: (hostname) => networkFor(hostname, { proxy: '', noProxy: [], env: {}, extraCa: [fake.certificate] }),
    userAgent: 'nifi-accelerator/0.0.0',
    log: (line) => log.push(line),
    pause: () => Promise.resolve(),
  });
}

export function chainFor(fake: FakeWorkspace, changes: Partial<ChainOptions> = {}): Promise<AuthChain> {
  return AuthChain.open({
    host: fake.host,
    profile: '',
    env: EMPTY_ENV,
    vault: { token: () => Promise.resolve(DEMO_TOKEN) },
    http: httpFor(fake),
    ...changes,
  });
}

export async function restFor(
  fake: FakeWorkspace,
  changes: Partial<ChainOptions> = {},
  log: string[] = [],
): Promise<RestClient> {
  return new RestClient(await chainFor(fake, changes), httpFor(fake, log));
}

export const never = new AbortController().signal;
