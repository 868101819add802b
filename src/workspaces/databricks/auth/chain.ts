/** Which credential is used for a host, and the one place that renews it. */
import { AcceleratorError } from '../../../flows/errors';
import { Emitter, type Event } from '../../../flows/event';
import { untilCalledOff } from '../../../flows/untilCalledOff';
import type { Http } from '../rest/http';
import { azureCliSource, databricksCliSource, isAzureHost, type RunChild } from './childToken';
import type { CredentialKind, CredentialSource, Token } from './credential';
import { parseHost, type Host } from './host';
import { oauthMachineSource } from './oauthMachine';
import { readProfiles, type Profile } from './profiles';

/** Tokens given for a host and kept by VS Code's secret storage. */
export interface TokenVault {
  token(host: Host): Promise<string | null>;
}

export interface ChainOptions {
  /** The setting `host`; empty: the named profile's, or the environment's. */
  readonly host: string;
  /** The setting `profile`; empty: none named. */
  readonly profile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly vault: TokenVault;
  readonly http: Http;
  readonly runChild?: RunChild;
  readonly now?: () => Date;
  /** How long all login steps together may take; default 90 s. */
  readonly timeoutMs?: number;
}

export interface SignedIn {
  readonly kind: CredentialKind;
  readonly label: string;
  readonly host: Host;
  readonly expiresAt: Date | null;
}

/** A token is renewed this long before it ends, so that none ends on its way. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** What is called off, in an error's sentence. */
const SIGNING_IN = 'Signing in';
/** No login step, nor all of them together, may take longer. */
const SIGN_IN_TIMEOUT_MS = 90_000;
/** Refused tokens that are remembered; more than a window ever meets. */
const MOST_REFUSED = 100;

/**
 * Tries the sources of one host in order and stays with the first that gives a token. One renewal at a time: callers
 * that come meanwhile wait for it.
 */
export class AuthChain {
  private readonly changed = new Emitter<SignedIn | null>();
  private source: CredentialSource | null = null;
  private token: Token | null = null;
  private renewal: Promise<Token> | null = null;
  /** What the platform has refused: a source that hands out the same again gives no token. */
  private readonly refusedValues = new Set<string>();

  private constructor(
    readonly host: Host,
    private readonly sources: readonly CredentialSource[],
    private readonly now: () => Date,
    private readonly timeoutMs: number,
  ) {}

  readonly onDidChange: Event<SignedIn | null> = this.changed.event;

  /** @throws AcceleratorError `badSetting` or `notSignedIn` where no host is known or a profile does not exist */
  static async open(options: ChainOptions): Promise<AuthChain> {
    const { host, sources } = await sourcesFor(options);
    return new AuthChain(host, sources, options.now ?? (() => new Date()), options.timeoutMs ?? SIGN_IN_TIMEOUT_MS);
  }

  get signedIn(): SignedIn | null {
    return this.source === null || this.token === null
      ? null
      : { kind: this.source.kind, label: this.source.label, host: this.host, expiresAt: this.token.expiresAt };
  }

  /** A token that holds for the next minutes. @throws AcceleratorError `notSignedIn`, `timedOut`, `cancelled` */
  async bearer(signal: AbortSignal): Promise<string> {
    const known = this.token;
    if (known !== null && !this.endsSoon(known)) {
      return known.value;
    }
    return (await this.renew(signal)).value;
  }

  /** The platform refused this token (401): forget it, unless somebody renewed it meanwhile, and take it no more. */
  refused(value: string): void {
    if (this.refusedValues.size < MOST_REFUSED) {
      this.refusedValues.add(value);
    }
    if (this.token?.value === value) {
      this.token = null;
      this.changed.fire(null);
    }
  }

  private endsSoon(token: Token): boolean {
    return token.expiresAt !== null && token.expiresAt.getTime() - this.now().getTime() < RENEW_BEFORE_MS;
  }

  private renew(signal: AbortSignal): Promise<Token> {
    // The renewal is shared, so one caller's cancel must not end it for the others: it has its own time-out.
    this.renewal ??= this.fetch(AbortSignal.timeout(this.timeoutMs)).finally(() => {
      this.renewal = null;
    });
    return untilCalledOff(this.renewal, signal, SIGNING_IN);
  }

  private async fetch(signal: AbortSignal): Promise<Token> {
    const reasons: string[] = [];
    const ordered =
      this.source === null ? this.sources : [this.source, ...this.sources.filter((s) => s !== this.source)];
    for (const source of ordered) {
      try {
        // A source that does not heed the signal (a key ring that waits for its owner) must not hold up everybody.
        const token = await untilCalledOff(source.fetchToken(signal), signal, SIGNING_IN);
        if (this.refusedValues.has(token.value)) {
          throw new AcceleratorError('notSignedIn', 'Databricks no longer accepts this token.');
        }
        this.source = source;
        this.token = token;
        this.changed.fire(this.signedIn);
        return token;
      } catch (error) {
        if (signal.aborted) {
          reasons.push(`${source.label}: no answer within ${this.timeoutMs / 1000} seconds.`);
          break;
        }
        reasons.push(`${source.label}: ${error instanceof Error ? error.message : 'no token'}`);
      }
    }
    this.token = null;
    this.changed.fire(null);
    throw new AcceleratorError(
      signal.aborted ? 'timedOut' : 'notSignedIn',
      reasons.length === 0
        ? `No way to sign in to ${this.host} is set up.`
        : `Not signed in to ${this.host}. ${reasons.join(' ')}`,
      { mend: 'signIn' },
    );
  }
}

async function sourcesFor(options: ChainOptions): Promise<{ host: Host; sources: CredentialSource[] }> {
  const file = await readProfiles(options.env);
  const wanted = options.host.trim() === '' ? null : parseHost(options.host);
  if (options.profile !== '') {
    const profile = file.profiles.find((candidate) => candidate.name === options.profile);
    if (profile === undefined) {
      const why = file.skipped.find((entry) => entry.name === options.profile)?.why;
      throw new AcceleratorError(
        'notSignedIn',
        why === undefined
          ? `There is no profile "${options.profile}" in ${file.path}.`
          : `The profile "${options.profile}" in ${file.path} cannot be used: ${why}.`,
        { mend: 'signIn' },
      );
    }
    if (wanted !== null && wanted !== profile.host) {
      throw new AcceleratorError(
        'badSetting',
        `The profile "${profile.name}" belongs to ${profile.host}, but the setting "host" says ${wanted}. ` +
          `Its credential is not sent there.`,
        { mend: 'openSettings' },
      );
    }
    return { host: profile.host, sources: profileSources(profile, options) };
  }
  const environmentHost = options.env['DATABRICKS_HOST'];
  const host =
    wanted ??
    (environmentHost !== undefined && environmentHost !== '' ? parseHost(environmentHost) : null) ??
    file.profiles.find((profile) => profile.isDefault)?.host ??
    null;
  if (host === null) {
    throw new AcceleratorError('notSignedIn', 'No Databricks workspace is chosen yet.', { mend: 'signIn' });
  }
  const sources: CredentialSource[] = [storedSource(host, options.vault)];
  sources.push(...environmentSources(host, options));
  for (const profile of file.profiles.filter((candidate) => candidate.host === host)) {
    sources.push(...profileSources(profile, options));
  }
  sources.push(databricksCliSource({ host, profile: null, env: options.env, ...childOption(options) }));
  if (isAzureHost(host)) {
    sources.push(azureCliSource({ host, tenantId: null, ...childOption(options) }));
  }
  return { host, sources };
}

function storedSource(host: Host, vault: TokenVault): CredentialSource {
  return {
    kind: 'storedToken',
    label: 'stored token',
    host,
    async fetchToken(): Promise<Token> {
      const value = await vault.token(host);
      if (value === null) {
        throw new AcceleratorError('notSignedIn', 'none is stored for this host.', { mend: 'signIn' });
      }
      return { value, expiresAt: null };
    },
  };
}

/** The environment's credential belongs to DATABRICKS_HOST; without it, it belongs nowhere and is not used. */
function environmentSources(host: Host, options: ChainOptions): CredentialSource[] {
  const { env } = options;
  const owner = env['DATABRICKS_HOST'];
  if (owner === undefined || owner === '' || parseHost(owner) !== host) {
    return [];
  }
  const sources: CredentialSource[] = [];
  const token = env['DATABRICKS_TOKEN'];
  if (token !== undefined && token !== '') {
    sources.push(fixedSource('environmentToken', 'environment', host, token));
  }
  const clientId = env['DATABRICKS_CLIENT_ID'];
  const clientSecret = env['DATABRICKS_CLIENT_SECRET'];
  if (clientId !== undefined && clientSecret !== undefined && clientId !== '' && clientSecret !== '') {
    sources.push(
      oauthMachineSource({
        kind: 'environmentOAuthMachine',
        label: 'environment (service principal)',
        host,
        clientId,
        clientSecret,
        http: options.http,
      }),
    );
  }
  return sources;
}

function profileSources(profile: Profile, options: ChainOptions): CredentialSource[] {
  const label = `profile ${profile.name}`;
  const { host } = profile;
  const sources: CredentialSource[] = [];
  const wants = (type: string): boolean => profile.authType === null || profile.authType === type;
  if (profile.token !== null && wants('pat')) {
    sources.push(fixedSource('profileToken', label, host, profile.token));
  }
  if (profile.clientId !== null && profile.clientSecret !== null && wants('oauth-m2m')) {
    sources.push(
      oauthMachineSource({
        kind: 'profileOAuthMachine',
        label: `${label} (service principal)`,
        host,
        clientId: profile.clientId,
        clientSecret: profile.clientSecret,
        http: options.http,
      }),
    );
  }
  if (profile.authType === 'azure-cli' && isAzureHost(host)) {
    sources.push(azureCliSource({ host, tenantId: profile.azureTenantId, ...childOption(options) }));
  }
  if (sources.length === 0) {
    sources.push(databricksCliSource({ host, profile: profile.name, env: options.env, ...childOption(options) }));
  }
  return sources;
}

function fixedSource(kind: CredentialKind, label: string, host: Host, value: string): CredentialSource {
  return { kind, label, host, fetchToken: () => Promise.resolve({ value, expiresAt: null }) };
}

function childOption(options: ChainOptions): { run?: RunChild } {
  return options.runChild === undefined ? {} : { run: options.runChild };
}
