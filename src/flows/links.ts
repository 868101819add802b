/** What a link into the product may name. Pure. */

export interface FlowLink {
  readonly kind: 'flow' | 'attempt';
  readonly id: string;
}

/** Null for any path that is not one flow or one attempt. */
export function parseLink(path: string): FlowLink | null {
  const match = /^\/(flow|attempt)\/([A-Za-z0-9_-]{1,200})\/?$/.exec(path);
  const [, kind, id] = match ?? [];
  return (kind === 'flow' || kind === 'attempt') && id !== undefined ? { kind, id } : null;
}
