import type * as z from 'zod/mini';

import { AcceleratorError } from '../../../flows/errors';
import type { AuthChain } from '../auth/chain';
import { readAnswer, toError } from './errors';
import type { Http, HttpAnswer, HttpRequest } from './http';
import { parseJson } from './json';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call {
  readonly method: HttpRequest['method'];
  /** Path with every segment encoded; see `encodePath`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The call in words for error messages: "create the job". */
  readonly what: string;
  /** Default: GET and HEAD are, others are not. */
  readonly repeatable?: boolean;
}

/** Calls of one workspace's REST API, signed by the one auth chain. */
export class RestClient {
  constructor(
    private readonly auth: AuthChain,
    private readonly http: Http,
  ) {}

  /** The answer's JSON, parsed. @throws RestError, AcceleratorError */
  async json<T>(call: Call, schema: z.ZodMiniType<T>, signal: AbortSignal): Promise<T> {
    const answer = await this.raw(call, signal);
    try {
      return schema.parse(answer.text.trim() === '' ? {} : parseJson(answer.text));
    } catch (cause) {
      throw new AcceleratorError('badData', `Databricks answered in an unknown form when asked to ${call.what}.`, {
        cause,
        mend: 'showLog',
      });
    }
  }

  /** All pages of a list, to the end or to `most` pages. `next` picks the token out of a page. */
  async *pages<T extends { readonly next_page_token?: string | undefined }>(
    call: Call,
    schema: z.ZodMiniType<T>,
    signal: AbortSignal,
    most = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<T, void> {
    let token: string | undefined;
    for (let page = 0; page < most; page++) {
      const got = await this.json({ ...call, query: { ...call.query, page_token: token } }, schema, signal);
      yield got;
      token = got.next_page_token;
      if (token === undefined || token === '') {
        return;
      }
    }
  }

  /** Sends and checks the status. A refused token is renewed once and the call sent again (401 means: not done). */
  async raw(call: Call, signal: AbortSignal): Promise<HttpAnswer> {
    for (let renewed = false; ; renewed = true) {
      const bearer = await this.auth.bearer(signal);
      const answer = await this.http.send(this.request(call, bearer), signal);
      if (answer.status === 401 && !renewed) {
        this.auth.refused(bearer);
        continue;
      }
      if (answer.status < 200 || answer.status > 299) {
        // A redirect would carry the credential elsewhere: it is an error like any other.
        throw toError(call.what, readAnswer(answer));
      }
      return answer;
    }
  }

  private request(call: Call, bearer: string): HttpRequest {
    const url = new URL(this.auth.host + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) {
        url.searchParams.set(name, String(value));
      }
    }
    const json = call.body === undefined ? undefined : JSON.stringify(call.body);
    const body = json ?? call.bytes;
    const type = json !== undefined ? 'application/json' : 'application/octet-stream';
    return {
      method: call.method,
      url: url.href,
      headers: {
        authorization: `Bearer ${bearer}`,
        accept: 'application/json',
        ...call.headers,
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body }),
      repeatable: call.repeatable ?? (call.method === 'GET' || call.method === 'HEAD'),
    };
  }
}

/** Encodes each segment of a path by itself, so that the slashes stay. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
