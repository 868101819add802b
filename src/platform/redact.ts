/** Takes credentials out of texts that are logged or shown. A second wall: errors are not meant to carry any. */

const HIDDEN = '<hidden>';

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Header values, whatever the scheme.
  [/\b(authorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|digest)\s+)?[^\s"',;]+/gi, `$1${HIDDEN}`],
  [/\b(bearer\s+)[A-Za-z0-9._~+/-]{8,}=*/gi, `$1${HIDDEN}`],
  // Databricks' personal access tokens and secrets of service principals.
  [/\bdapi[0-9a-f]{16,}(?:-\d+)?\b/gi, HIDDEN],
  [/\bdose[0-9a-f]{16,}\b/gi, HIDDEN],
  // JSON web tokens.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, HIDDEN],
  // name=value and "name": "value" of what is called a secret.
  [
    /\b((?:access_|refresh_|id_)?token|client_secret|password|passwd|secret|api_?key)(["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
    `$1$2${HIDDEN}`,
  ],
  // User information in an address.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${HIDDEN}@`],
];

/** The text without what looks like a credential. */
export function redact(text: string): string {
  return PATTERNS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}
