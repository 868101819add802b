/** One HTTP request and its answer: the seam between the REST client and undici. */

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether it may be sent again when it is not known if it took effect. */
  readonly repeatable: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** The bytes as UTF-8, made when first read. */
  readonly text: string;
}

export interface Http {
  /** Rejects with AcceleratorError `offline`, `timedOut` or `cancelled`; any status is an answer. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** @returns the value as one text, whatever the case of the name */
export function header(answer: HttpAnswer, name: string): string | undefined {
  return answer.headers[name.toLowerCase()];
}

/** How long the platform asks to wait, in milliseconds: `Retry-After` in seconds or as a date; undefined where it does not. */
export function retryAfterMs(answer: HttpAnswer): number | undefined {
  const text = header(answer, 'retry-after');
  if (text === undefined) {
    return undefined;
  }
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}
