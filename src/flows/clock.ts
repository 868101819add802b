/** Time as the domain sees it, so that tests can move it. */

export interface Clock {
  now(): Date;
  /** Calls once after so many milliseconds; the result takes the call back. */
  after(milliseconds: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};
