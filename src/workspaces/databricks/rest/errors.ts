/** Error answers of the platform, of all shapes, into typed errors. */
import * as z from 'zod/mini';

import { AcceleratorError, type ErrorReason, type MendingAction } from '../../../flows/errors';
import { header, retryAfterMs, type HttpAnswer } from './http';
import { parseJson } from './json';

const envelope = z.object({
  error_code: z.optional(z.union([z.string(), z.number()])),
  message: z.optional(z.string()),
  // API 1.2, SCIM and OAuth name it otherwise
  error: z.optional(z.union([z.string(), z.unknown()])),
  detail: z.optional(z.string()),
  error_description: z.optional(z.string()),
});

export interface PlatformAnswer {
  readonly status: number;
  /** Databricks' own code, empty where the answer has none. */
  readonly code: string;
  readonly message: string;
  readonly requestId: string | undefined;
  /** How long the platform asked to wait. */
  readonly retryAfterMs: number | undefined;
}

/** An error answer that carries its status and code, so that callers branch on them. */
export class RestError extends AcceleratorError {
  constructor(
    reason: ErrorReason,
    message: string,
    readonly answer: PlatformAnswer,
    mend?: MendingAction,
  ) {
    super(reason, message, {
      ...(mend === undefined ? {} : { mend }),
      details: {
        status: answer.status,
        ...(answer.code === '' ? {} : { code: answer.code }),
        ...(answer.requestId === undefined ? {} : { requestId: answer.requestId }),
        ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
      },
    });
  }

  static at(error: unknown): PlatformAnswer | null {
    return error instanceof RestError ? error.answer : null;
  }
}

/** Reads code and message out of any error body: JSON envelopes, `CODE: message`, HTML of a proxy, nothing at all. */
export function readAnswer(answer: HttpAnswer): PlatformAnswer {
  const requestId = header(answer, 'x-request-id') ?? header(answer, 'x-databricks-request-id');
  const base = { status: answer.status, requestId, retryAfterMs: retryAfterMs(answer) };
  const text = answer.text.trim();
  try {
    const body = envelope.parse(parseJson(text));
    const message =
      body.message ?? body.error_description ?? body.detail ?? (typeof body.error === 'string' ? body.error : '');
    return { ...base, code: body.error_code === undefined ? '' : String(body.error_code), message };
  } catch {
    const plain = /^([A-Z][A-Z_]+): ([\s\S]+)$/.exec(text);
    if (plain !== null) {
      return { ...base, code: plain[1] ?? '', message: plain[2] ?? '' };
    }
    const preformatted = /<pre>([\s\S]*?)<\/pre>/i.exec(text);
    const message =
      preformatted?.[1] ?? (text.startsWith('<') ? 'The answer is a web page, not the API: is the host right?' : text);
    return { ...base, code: '', message: message.slice(0, 500) };
  }
}

/** "Job 7 does not exist." comes as 400 INVALID_PARAMETER_VALUE from older endpoints, as 404 from newer ones. */
export function saysGone(answer: PlatformAnswer): boolean {
  return (
    answer.status === 404 ||
    (answer.status === 400 &&
      (answer.code === 'RESOURCE_DOES_NOT_EXIST' ||
        (answer.code === 'INVALID_PARAMETER_VALUE' && /does not exist/i.test(answer.message))))
  );
}

/** @param what the call in words, for the message: "create the job" */
export function toError(what: string, answer: PlatformAnswer): RestError {
  const said = answer.message === '' ? `status ${answer.status}` : answer.message;
  const text = `Databricks could not ${what}: ${said}`;
  const { status, code } = answer;
  if (status === 401) {
    return new RestError('notSignedIn', `Databricks no longer accepts the sign-in: ${said}`, answer, 'signIn');
  }
  if (status === 403) {
    return new RestError('noPermission', `You may not ${what}: ${said}`, answer, 'checkConnection');
  }
  if (saysGone(answer)) {
    return new RestError('notFound', text, answer);
  }
  if (code === 'QUOTA_EXCEEDED') {
    return new RestError('quotaExceeded', text, answer);
  }
  if (status === 429 || code === 'REQUEST_LIMIT_EXCEEDED' || code === 'RESOURCE_EXHAUSTED') {
    return new RestError('rateLimited', text, answer, 'tryAgain');
  }
  if (
    status === 409 ||
    code === 'RESOURCE_ALREADY_EXISTS' ||
    code === 'ALREADY_EXISTS' ||
    code === 'RESOURCE_CONFLICT'
  ) {
    return new RestError('conflict', text, answer);
  }
  if (status === 504 || code === 'DEADLINE_EXCEEDED') {
    return new RestError('timedOut', text, answer, 'tryAgain');
  }
  return new RestError('platform', text, answer, status >= 500 ? 'tryAgain' : undefined);
}
