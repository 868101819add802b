import type { Host } from './host';

/** How a credential came about; shown to the user, also in the connection report. */
export const CREDENTIAL_KINDS = [
  'storedToken',
  'profileToken',
  'profileOAuthMachine',
  'environmentToken',
  'environmentOAuthMachine',
  'databricksCli',
  'azureCli',
] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

export interface Token {
  readonly value: string;
  /** Null where the source does not say (a personal access token). */
  readonly expiresAt: Date | null;
}

/** One way to get a token, bound to the one host that it may be sent to. */
export interface CredentialSource {
  readonly kind: CredentialKind;
  readonly host: Host;
  /** For people: "profile DEV", "environment", "Azure CLI". */
  readonly label: string;
  /** @throws AcceleratorError `notSignedIn` with the reason, `timedOut`, `cancelled` */
  fetchToken(signal: AbortSignal): Promise<Token>;
}
