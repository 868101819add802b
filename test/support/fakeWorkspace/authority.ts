/** A private certificate authority, made for the occasion, as companies have one. */
import { randomUUID } from 'node:crypto';

import { generate } from 'selfsigned';

/** A name that no resolver knows: only a proxy can lead there. */
export const UNRESOLVABLE = 'workspace.invalid';

export interface Authority {
  /** PEM; who trusts it trusts what it issues. */
  readonly certificate: string;
  /** A server's key and certificate for localhost and `UNRESOLVABLE`. */
  issue(): Promise<{ readonly key: string; readonly cert: string }>;
}

export async function privateAuthority(): Promise<Authority> {
  // A name of its own: an authority of the same name in the system's store would be tried in its place.
  const root = await generate([{ name: 'commonName', value: `test authority ${randomUUID()}` }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true },
    ],
  });
  return {
    certificate: root.cert,
    issue: async () => {
      const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
        ca: { key: root.private, cert: root.cert },
        extensions: [
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 2, value: UNRESOLVABLE },
              { type: 7, ip: '127.0.0.1' },
            ],
          },
        ],
      });
      return { key: leaf.private, cert: leaf.cert };
    },
  };
}
