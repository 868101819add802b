/**
 * HTTP over undici. undici stays outside the bundle (VS Code adds its proxy support only there) and marks two
 * process-wide symbols when it is loaded; they are put back, since every other extension shares this process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Undici from 'undici';

import { AcceleratorError, calledOff } from '../../../flows/errors';
import { codeOf, networkRefusal, type Network } from './network';
import { retryAfterMs, type Http, type HttpAnswer, type HttpRequest } from './http';

const DISPATCHER_SYMBOLS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];

const CONNECT_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 60_000;
const TRIES = 6;
/** All tries of one request together, as the official clients allow. */
const TOTAL_BUDGET_MS = 300_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Errors of which it is known that nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'ENETUNREACH']);
/** Failures of the platform that often pass. */
const PASSING = new Set([500, 502, 503, 504]);

export interface UndiciHttpOptions {
  /** Proxy and certificates for a host name. */
  readonly network: (hostname: string) => Network;
  readonly userAgent: string;
  readonly log?: (line: string) => void;
  /** Milliseconds to pause before the given try; replaced by tests. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

let loaded: Promise<typeof Undici> | null = null;

function loadUndici(): Promise<typeof Undici> {
  loaded ??= (async () => {
    const before = DISPATCHER_SYMBOLS.map((symbol) => Object.getOwnPropertyDescriptor(globalThis, symbol));
    const undici = await import('undici');
    DISPATCHER_SYMBOLS.forEach((symbol, index) => {
      const descriptor = before[index];
      if (descriptor === undefined) {
        Reflect.deleteProperty(globalThis, symbol);
      } else {
        Object.defineProperty(globalThis, symbol, descriptor);
      }
    });
    return undici;
  })();
  return loaded;
}

export class UndiciHttp implements Http {
  private readonly dispatchers = new Map<string, Promise<Undici.Dispatcher>>();

  constructor(private readonly options: UndiciHttpOptions) {}

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const end = Date.now() + TOTAL_BUDGET_MS;
    const pause = this.options.pause ?? pauseFor;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.once(request, signal);
      if (!outcome.again || attempt === TRIES) {
        if (outcome.error !== undefined) {
          throw outcome.error;
        }
        return outcome.answer;
      }
      const wait = outcome.pauseMs ?? backoff(attempt);
      if (Date.now() + wait > end) {
        if (outcome.error !== undefined) {
          throw outcome.error;
        }
        return outcome.answer;
      }
      this.options.log?.(`${request.method} ${pathOf(request.url)}: ${outcome.why}, again in ${Math.round(wait)} ms`);
      try {
        await pause(wait, signal);
      } catch {
        throw stopped(signal);
      }
    }
  }

  async close(): Promise<void> {
    const open = [...this.dispatchers.values()];
    this.dispatchers.clear();
    await Promise.all(open.map(async (dispatcher) => (await dispatcher).destroy()));
  }

  private async once(request: HttpRequest, signal: AbortSignal): Promise<Outcome> {
    const { request: call } = await loadUndici();
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    try {
      const answer = await call(request.url, {
        method: request.method,
        headers: { 'user-agent': this.options.userAgent, ...request.headers },
        body: request.body ?? null,
        dispatcher: await this.open(new URL(request.url).hostname),
        signal: within,
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: ANSWER_TIMEOUT_MS,
      });
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value !== undefined) {
          headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
        }
      }
      const got = answerOf(answer.statusCode, headers, await answer.body.bytes());
      // 429 means that nothing was done; the others leave that open.
      const again = got.status === 429 || (request.repeatable && PASSING.has(got.status));
      return { answer: got, again, why: `status ${got.status}`, pauseMs: askedPause(got) };
    } catch (cause) {
      if (signal.aborted) {
        return { error: stopped(signal), again: false, why: 'cancelled' };
      }
      const code = codeOf(cause);
      const host = new URL(request.url).host;
      const refusal = networkRefusal(host, cause);
      if (refusal !== null) {
        return { error: refusal, again: false, why: code };
      }
      const timedOut = within.aborted || code.endsWith('_TIMEOUT');
      return {
        error: new AcceleratorError(
          timedOut ? 'timedOut' : 'offline',
          timedOut ? `${host} gave no answer in time.` : `${host} cannot be reached (${code}).`,
          { mend: 'checkConnection', cause },
        ),
        again: request.repeatable || NOT_SENT.has(code),
        why: code,
      };
    }
  }

  private open(hostname: string): Promise<Undici.Dispatcher> {
    let dispatcher = this.dispatchers.get(hostname);
    if (dispatcher === undefined) {
      dispatcher = this.connect(this.options.network(hostname));
      this.dispatchers.set(hostname, dispatcher);
    }
    return dispatcher;
  }

  private async connect({ secureContext, proxy }: Network): Promise<Undici.Dispatcher> {
    const { Agent, ProxyAgent } = await loadUndici();
    const connect = { timeout: CONNECT_TIMEOUT_MS, ...(secureContext === null ? {} : { secureContext }) };
    return proxy === null
      ? new Agent({ connect, keepAliveTimeout: 30_000 })
      : new ProxyAgent({ uri: proxy, connect, requestTls: connect, proxyTls: connect });
  }
}

function answerOf(status: number, headers: Readonly<Record<string, string>>, bytes: Uint8Array): HttpAnswer {
  return {
    status,
    headers,
    bytes,
    get text() {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    },
  };
}

type Outcome = { again: boolean; why: string; pauseMs?: number | undefined } & (
  { answer: HttpAnswer; error?: undefined } | { answer?: undefined; error: AcceleratorError }
);

/** What the platform asked for with some jitter, so that all who were refused together do not come back together. */
function askedPause(answer: HttpAnswer): number | undefined {
  const asked = retryAfterMs(answer);
  return asked === undefined ? undefined : asked + Math.random() * FIRST_PAUSE_MS;
}

function backoff(attempt: number): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
  return full / 2 + (Math.random() * full) / 2;
}

async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal });
}

function stopped(signal: AbortSignal): AcceleratorError {
  return calledOff(signal, 'The request');
}

/** Queries may hold names of people or paths: the log gets the path alone. */
function pathOf(url: string): string {
  return new URL(url).pathname;
}
