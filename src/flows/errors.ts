/**
 * The errors that reach a person. Each has a stable `reason` (code branches on it, never on the text), a message that
 * says what happened and why, and the one action that mends it.
 */

/** What mends an error; `platform/` maps each to a command and a button's text. */
export const MENDING_ACTIONS = [
  'signIn',
  'setUpWorkspace',
  'uploadAgent',
  'pickCompute',
  'populateFlows',
  'checkConnection',
  'choosePython',
  'chooseWorkspace',
  'trustFolder',
  'openFolder',
  'openFlow',
  'openSettings',
  'showLog',
  'viewHistory',
  'tryAgain',
] as const;
export type MendingAction = (typeof MENDING_ACTIONS)[number];

export const ERROR_REASONS = [
  'cancelled',
  'timedOut',
  'offline',
  'notSignedIn',
  'noPermission',
  'tablesMissing',
  'agentMissing',
  'clusterRefused',
  'flowNotRegistered',
  'flowFileMissing',
  'alreadyConverting',
  'deadlinePassed',
  'conflict',
  'rateLimited',
  'quotaExceeded',
  'pythonMissing',
  'pythonTooOld',
  'storageUnavailable',
  'storageDamaged',
  'storageTooNew',
  'badData',
  'badSetting',
  'notTrusted',
  'notAvailable',
  'notFound',
  'platform',
  'internal',
] as const;
export type ErrorReason = (typeof ERROR_REASONS)[number];

export interface AcceleratorErrorOptions {
  readonly mend?: MendingAction;
  readonly cause?: unknown;
  /**
   * More for the log and the copyable report: codes, request ids, paths. Never a secret. `retryAfterMs` says how long
   * the platform asked us to wait.
   */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export class AcceleratorError extends Error {
  override readonly name = 'AcceleratorError';
  readonly mend: MendingAction | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(
    readonly reason: ErrorReason,
    message: string,
    options: AcceleratorErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.mend = options.mend;
    this.details = options.details ?? {};
  }

  /** Also true for an error that came from another bundle, where `instanceof` does not hold. */
  static is(error: unknown, reason?: ErrorReason): error is AcceleratorError {
    return (
      error instanceof Error &&
      error.name === 'AcceleratorError' &&
      'reason' in error &&
      (reason === undefined || error.reason === reason)
    );
  }
}

/**
 * Why work whose signal fired has ended: nobody wants it any more, or it took longer than it may.
 *
 * @param what begins the sentence, as in "The statement"
 */
export function calledOff(signal: AbortSignal, what: string): AcceleratorError {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name === 'TimeoutError'
    ? new AcceleratorError('timedOut', `${what} took longer than it may.`, { mend: 'tryAgain', cause: reason })
    : new AcceleratorError('cancelled', `${what} was cancelled.`);
}

/**
 * Any error as one that a person can read; one that is typed already stays as it is. What Node throws for a signal
 * that fired is a cancel, or a time that ran out.
 */
export function asAcceleratorError(error: unknown): AcceleratorError {
  if (AcceleratorError.is(error)) {
    return error;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new AcceleratorError('cancelled', 'Cancelled.', { cause: error });
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new AcceleratorError('timedOut', 'It took longer than it may.', { mend: 'tryAgain', cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new AcceleratorError('internal', `Something went wrong inside the extension: ${message}`, {
    mend: 'showLog',
    cause: error,
  });
}
