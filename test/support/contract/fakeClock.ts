/** A clock that stands until a test moves it, and tells how long the code wants to wait. */
import type { Clock } from '../../../src/flows/clock';

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

export class FakeClock implements Clock {
  private time: number;
  private readonly timers = new Set<Timer>();

  constructor(start = Date.parse('2026-03-01T12:00:00.000Z')) {
    this.time = start;
  }

  now(): Date {
    return new Date(this.time);
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.time + milliseconds, call };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** Milliseconds until each timer that is set, shortest first. */
  waits(): readonly number[] {
    return [...this.timers].map((timer) => timer.at - this.time).sort((left, right) => left - right);
  }

  /** Moves on and calls what has come due, in order. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = [...this.timers].filter((timer) => timer.at <= end).sort((left, right) => left.at - right.at);
      if (next === undefined) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
    this.time = end;
  }
}
