import * as z from 'zod/mini';

import { AcceleratorError } from '../../../flows/errors';
import type { Http } from '../rest/http';
import { parseJson } from '../rest/json';
import type { CredentialKind, CredentialSource, Token } from './credential';
import type { Host } from './host';

const discovery = z.object({ token_endpoint: z.string() });
const grant = z.object({ access_token: z.string(), expires_in: z.optional(z.number()) });
const refusal = z.object({ error: z.optional(z.string()), error_description: z.optional(z.string()) });

const DISCOVERY_PATH = '/oidc/.well-known/oauth-authorization-server';
const DEFAULT_TOKEN_PATH = '/oidc/v1/token';

export interface OAuthMachineOptions {
  readonly kind: CredentialKind;
  readonly label: string;
  readonly host: Host;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly http: Http;
  readonly now?: () => Date;
}

/** OAuth machine-to-machine: a service principal's client id and secret become a token of about one hour. */
export function oauthMachineSource(options: OAuthMachineOptions): CredentialSource {
  const now = options.now ?? (() => new Date());
  return {
    kind: options.kind,
    label: options.label,
    host: options.host,
    async fetchToken(signal): Promise<Token> {
      const endpoint = await tokenEndpoint(options, signal);
      const basic = Buffer.from(`${options.clientId}:${options.clientSecret}`, 'utf8').toString('base64');
      const answer = await options.http.send(
        {
          method: 'POST',
          url: endpoint,
          headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
          body: 'grant_type=client_credentials&scope=all-apis',
          repeatable: true,
        },
        signal,
      );
      if (answer.status !== 200) {
        const said = refusal.safeParse(tryParse(answer.text));
        const why = said.success ? (said.data.error_description ?? said.data.error) : undefined;
        throw new AcceleratorError(
          'notSignedIn',
          `Databricks refused the service principal of ${options.label}${why === undefined ? '' : `: ${why}`}.`,
          { mend: 'signIn', details: { status: answer.status } },
        );
      }
      const parsed = grant.safeParse(tryParse(answer.text));
      if (!parsed.success) {
        throw new AcceleratorError('notSignedIn', 'The sign-in service answered with something that is no token.', {
          mend: 'signIn',
        });
      }
      const seconds = parsed.data.expires_in ?? 3600;
      return { value: parsed.data.access_token, expiresAt: new Date(now().getTime() + seconds * 1000) };
    },
  };
}

/** The secret only ever goes to the workspace's own origin, whatever the discovery document says. */
async function tokenEndpoint(options: OAuthMachineOptions, signal: AbortSignal): Promise<string> {
  const answer = await options.http.send(
    { method: 'GET', url: `${options.host}${DISCOVERY_PATH}`, headers: {}, repeatable: true },
    signal,
  );
  const parsed = answer.status === 200 ? discovery.safeParse(tryParse(answer.text)) : undefined;
  const named = parsed?.success === true ? parsed.data.token_endpoint : `${options.host}${DEFAULT_TOKEN_PATH}`;
  const origin = URL.canParse(named) ? new URL(named).origin : '';
  if (origin !== options.host) {
    throw new AcceleratorError(
      'notSignedIn',
      'The workspace names a sign-in service on another host; the client secret is not sent there.',
      { mend: 'signIn' },
    );
  }
  return named;
}

function tryParse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
