/** Proxy and certificates, decided once for a host: REST and SQL use the same. */
import * as tls from 'node:tls';

import { AcceleratorError } from '../../../flows/errors';

export interface Network {
  /** `http(s)://[user:password@]host:port`, null: straight. Never logged: it may hold a password. */
  readonly proxy: string | null;
  /** With all trusted authorities; null: Node's own. */
  readonly secureContext: tls.SecureContext | null;
}

export interface NetworkSettings {
  /** VS Code's `http.proxy`; empty: the environment decides. */
  readonly proxy: string;
  /** VS Code's `http.noProxy`. */
  readonly noProxy: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Authorities beside Node's own, for tests and special set-ups. */
  readonly extraCa?: readonly string[];
}

export function networkFor(hostname: string, settings: NetworkSettings): Network {
  return { proxy: proxyFor(hostname, settings), secureContext: secureContextOf(settings.extraCa ?? []) };
}

function proxyFor(hostname: string, { proxy, noProxy, env }: NetworkSettings): string | null {
  const fromEnv = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? '';
  const named = proxy !== '' ? proxy : fromEnv('HTTPS_PROXY') || fromEnv('ALL_PROXY');
  if (named === '') {
    return null;
  }
  const exceptions = [...noProxy, ...fromEnv('NO_PROXY').split(/[\s,]+/)].filter((entry) => entry !== '');
  if (exceptions.some((entry) => covers(entry, hostname))) {
    return null;
  }
  const address = /^[a-z]+:\/\//i.test(named) ? named : `http://${named}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new AcceleratorError('badSetting', 'The proxy must be an http:// or https:// address.', {
      mend: 'openSettings',
    });
  }
  return address;
}

/** An entry of no_proxy: `*`, a name, `.domain` or `*.domain`, with or without a port (always 443 here). */
function covers(entry: string, hostname: string): boolean {
  const name = entry.toLowerCase().replace(/:443$/, '').replace(/^\*\./, '.');
  if (name === '*') {
    return true;
  }
  return hostname === name.replace(/^\./, '') || hostname.endsWith(name.startsWith('.') ? name : `.${name}`);
}

const secureContexts = new Map<string, tls.SecureContext | null>();

/**
 * One for all connections: to read some hundred certificates takes 20 to 40 milliseconds, in which nothing else happens.
 * Node reads the system's once in a process as well.
 */
function secureContextOf(extra: readonly string[]): tls.SecureContext | null {
  const key = extra.join('\n');
  const known = secureContexts.get(key);
  if (known !== undefined) {
    return known;
  }
  const ca = trusted(extra);
  const made = ca === null ? null : tls.createSecureContext({ ca: [...ca], minVersion: 'TLSv1.2' });
  secureContexts.set(key, made);
  return made;
}

/** PEM texts of Node's authorities (with NODE_EXTRA_CA_CERTS) and the system's, where a company puts its own. */
function trusted(extra: readonly string[]): readonly string[] | null {
  if (typeof tls.getCACertificates !== 'function') {
    return extra.length === 0 ? null : [...tls.rootCertificates, ...extra];
  }
  return [...new Set([...extra, ...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
}

/** A certificate that is not trusted stays so: nobody sends the same again. */
const CERTIFICATE_CODE = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;

/**
 * What the company's network does to a connection, as an error that names the way out; null for any other failure.
 *
 * @param host the workspace's, for the message
 */
export function networkRefusal(host: string, cause: unknown): AcceleratorError | null {
  const code = codeOf(cause);
  if (CERTIFICATE_CODE.test(code)) {
    return new AcceleratorError(
      'offline',
      `The certificate of ${host} is not trusted (${code}). If your company has its own certificate authority, ` +
        `add it to the system's certificates or to NODE_EXTRA_CA_CERTS.`,
      { mend: 'checkConnection', cause },
    );
  }
  if (statusOfProxy(cause) === 407) {
    return new AcceleratorError(
      'offline',
      `The proxy before ${host} asks for a user name and a password. Put them into http.proxy or HTTPS_PROXY: ` +
        `http://user:password@proxy:port, with special characters percent-encoded.`,
      { mend: 'openSettings', cause },
    );
  }
  return null;
}

/** The first code in an error and its causes; its name where there is none. */
export function codeOf(error: unknown): string {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    if ('code' in current && typeof current.code === 'string') {
      return current.code;
    }
  }
  return error instanceof Error ? error.name : 'unknown error';
}

/** undici says it in words only; the SQL driver takes the proxy's answer for the workspace's. */
function statusOfProxy(error: unknown): number {
  if (!(error instanceof Error)) {
    return 0;
  }
  if ('statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return Number(/^Proxy response \((\d+)\)/.exec(error.message)?.[1] ?? 0);
}
