/** What the fake's APIs share: a request, an answer, the platform's error envelope, 64-bit ids on the wire. */
import type { IncomingHttpHeaders } from 'node:http';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Who the bearer token belongs to. */
  readonly user: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

/** Routes by "METHOD /path"; a path that ends in `*` matches all below it. */
export type Routes = Readonly<Record<string, Handler>>;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function json(request: ApiRequest): Record<string, unknown> {
  const value: unknown = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(400, 'MALFORMED_REQUEST', 'The body is no JSON object.');
  }
  return value as Record<string, unknown>;
}

export function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') {
    throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Missing required field: ${name}`);
  }
  return value;
}

/** An int64 of the wire; ours are beyond what a JavaScript number holds, as the platform's may be. */
export function wireNumber(value: unknown, name: string): string {
  if ((typeof value === 'string' || typeof value === 'number') && /^\d+$/.test(String(value))) {
    return String(value);
  }
  throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Missing or invalid field: ${name}`);
}

const INT64 = '@int64:';

/** Marks a text as an int64: it goes out as a bare JSON number. */
export function int64(value: string): string {
  return INT64 + value;
}

export function serialise(body: unknown): string {
  return JSON.stringify(body).replace(/"@int64:(\d+)"/g, '$1');
}

/** One page of a list: items and the token of the next page. */
export function pageOf<T>(
  all: readonly T[],
  token: string | null,
  size: number,
): { items: T[]; next: string | undefined } {
  const start = token === null || token === '' ? 0 : Number(token);
  const items = all.slice(start, start + size);
  return { items, next: start + size < all.length ? String(start + size) : undefined };
}
