/**
 * Keeps relative times and running durations true: one timer for the page, each second while something runs, each half
 * minute otherwise, and none while the page is hidden.
 */
import { formatDuration, formatInstant, formatRelative } from '../../src/views/format';
import { element, setAttribute, setText } from './dom';

const RELATIVE = 'time[data-relative]';
const ELAPSED = '[data-elapsed-since]';
const BUSY_MS = 1_000;
const IDLE_MS = 30_000;

/** `12 min ago`, with the exact local time and zone in its title. */
export function relativeTime(iso: string): HTMLTimeElement {
  const time = element('time', { attributes: { 'data-relative': '' } });
  setRelativeTime(time, iso);
  return time;
}

export function setRelativeTime(time: HTMLTimeElement, iso: string): void {
  const date = new Date(iso);
  if (time.dateTime !== iso) {
    time.dateTime = iso;
    time.title = formatInstant(date);
  }
  setText(time, formatRelative(date, new Date()));
}

/** A duration that goes on from an instant. */
export function elapsedSince(iso: string): HTMLElement {
  const span = element('span');
  setElapsedSince(span, iso);
  return span;
}

export function setElapsedSince(span: Element, iso: string | null): void {
  setAttribute(span, 'data-elapsed-since', iso);
  if (iso !== null) {
    setText(span, formatDuration((Date.now() - Date.parse(iso)) / 1000));
  }
}

/** Starts the page's clock. `onTick` runs after each round, for what depends on the time otherwise. */
export function startClock(isBusy = (): boolean => false, onTick = (): void => undefined): void {
  let timer: number | undefined;
  const tick = (): void => {
    window.clearTimeout(timer);
    if (document.visibilityState !== 'visible') {
      return;
    }
    refresh();
    onTick();
    timer = window.setTimeout(tick, isBusy() ? BUSY_MS : IDLE_MS);
  };
  document.addEventListener('visibilitychange', tick);
  window.addEventListener('message', () => {
    // What arrives may have started something: go over to the quick pace without waiting for the slow one to end.
    window.clearTimeout(timer);
    timer = window.setTimeout(tick, BUSY_MS);
  });
  tick();
}

function refresh(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>(RELATIVE)) {
    setRelativeTime(time, time.dateTime);
  }
  for (const span of document.querySelectorAll(ELAPSED)) {
    setElapsedSince(span, span.getAttribute('data-elapsed-since'));
  }
}
