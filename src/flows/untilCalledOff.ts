import { calledOff } from './errors';

/**
 * Ends the waiting, not the work, when the signal fires.
 *
 * @param what begins the error's sentence, as in "The statement"
 * @param late gets what the work brings when nobody waits any more
 * @throws AcceleratorError `cancelled` or `timedOut`, and whatever the work rejects with
 */
export function untilCalledOff<T>(
  work: Promise<T>,
  signal: AbortSignal,
  what: string,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(calledOff(signal, what));
    if (signal.aborted) {
      stop();
    } else {
      signal.addEventListener('abort', stop, { once: true });
    }
    work
      .then((value) => (signal.aborted ? late(value) : resolve(value)), reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
