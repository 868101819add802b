/**
 * How statuses, times and texts are put into words, in one place: the tree, the status bar, notifications and the pages
 * say the same thing the same way. Pure and free of VS Code, so that the pages bundle it too.
 */
import type { Attempt, AttemptStatus, Flow, FlowStatus, TriggerKind } from '../flows/model';
import { TRIGGER_KINDS } from '../flows/model';

/** What a status means to the eye. It repeats what icon and label say; nothing is told by it alone. */
export type Tone = 'ok' | 'bad' | 'warning' | 'running' | 'quiet';

/** A status as it is shown: words first, then a codicon and a theme colour. */
export interface Look {
  readonly label: string;
  /** Codicon id without `$()`. */
  readonly icon: string;
  /** Whether the icon turns (`~spin`) while motion is wanted. */
  readonly spin: boolean;
  /** Id of a theme colour, for `ThemeColor`. */
  readonly color: string;
  readonly tone: Tone;
}

/** How an attempt is shown: its row's status, refined by what is known of its run. */
export const ATTEMPT_DISPLAYS = [
  'starting',
  'waiting',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'unknown',
] as const;
export type AttemptDisplay = (typeof ATTEMPT_DISPLAYS)[number];

/** What of a live attempt decides its look. `LiveAttempt` of the run monitor fits. */
export interface LiveLook {
  readonly phase: string | null;
  /** How it ended, where that was seen; the row may follow later. */
  readonly end?: { readonly status: AttemptStatus } | null;
  /** False while the run cannot be seen: that says nothing of how it goes. */
  readonly visible: boolean;
}

const ATTEMPT_LOOKS: Readonly<Record<AttemptDisplay, Look>> = {
  starting: { label: 'Starting', icon: 'loading', spin: true, color: 'charts.blue', tone: 'running' },
  waiting: { label: 'Waiting', icon: 'watch', spin: false, color: 'testing.iconQueued', tone: 'quiet' },
  running: { label: 'Running', icon: 'loading', spin: true, color: 'charts.blue', tone: 'running' },
  succeeded: { label: 'Succeeded', icon: 'pass', spin: false, color: 'testing.iconPassed', tone: 'ok' },
  failed: { label: 'Failed', icon: 'error', spin: false, color: 'testing.iconFailed', tone: 'bad' },
  cancelled: { label: 'Cancelled', icon: 'circle-slash', spin: false, color: 'disabledForeground', tone: 'quiet' },
  unknown: { label: 'Unknown', icon: 'question', spin: false, color: 'descriptionForeground', tone: 'quiet' },
};

const DISPLAY_OF_STATUS: Readonly<Record<AttemptStatus, AttemptDisplay>> = {
  CREATING: 'starting',
  RUNNING: 'running',
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
};

const DISPLAY_OF_PHASE: Readonly<Record<string, AttemptDisplay>> = {
  creating: 'starting',
  waiting: 'waiting',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  timedOut: 'failed',
  skipped: 'cancelled',
  cancelled: 'cancelled',
};

/**
 * How an attempt is shown. A terminal row is the last word; while the row is active the run's own phase says more, and
 * a run that cannot be seen is unknown, never failed.
 */
export function attemptDisplay(status: AttemptStatus, live: LiveLook | null = null): AttemptDisplay {
  const recorded = DISPLAY_OF_STATUS[status];
  if ((status !== 'CREATING' && status !== 'RUNNING') || live === null) {
    return recorded;
  }
  if (live.end) {
    return DISPLAY_OF_STATUS[live.end.status];
  }
  if (!live.visible) {
    return 'unknown';
  }
  return (live.phase === null ? undefined : DISPLAY_OF_PHASE[live.phase]) ?? recorded;
}

/** Label, icon and colour of an attempt. */
export function attemptLook(display: AttemptDisplay): Look {
  return ATTEMPT_LOOKS[display];
}

/** How a flow is shown: its derived status, or that its current run cannot be seen. */
export const FLOW_DISPLAYS = ['notStarted', 'converting', 'waiting', 'done', 'needsAttention', 'unknown'] as const;
export type FlowDisplay = (typeof FLOW_DISPLAYS)[number];

const FLOW_LOOKS: Readonly<Record<FlowDisplay, Look>> = {
  notStarted: {
    label: 'Not started',
    icon: 'circle-large-outline',
    spin: false,
    color: 'descriptionForeground',
    tone: 'quiet',
  },
  converting: { label: 'Converting', icon: 'loading', spin: true, color: 'charts.blue', tone: 'running' },
  waiting: { label: 'Waiting', icon: 'watch', spin: false, color: 'testing.iconQueued', tone: 'quiet' },
  done: { label: 'Done', icon: 'pass', spin: false, color: 'testing.iconPassed', tone: 'ok' },
  needsAttention: {
    label: 'Needs attention',
    icon: 'warning',
    spin: false,
    color: 'list.warningForeground',
    tone: 'warning',
  },
  unknown: { label: 'Unknown', icon: 'question', spin: false, color: 'descriptionForeground', tone: 'quiet' },
};

const DISPLAY_OF_FLOW: Readonly<Record<FlowStatus, FlowDisplay>> = {
  NOT_STARTED: 'notStarted',
  CONVERTING: 'converting',
  DONE: 'done',
  NEEDS_ATTENTION: 'needsAttention',
};

/** How a flow is shown; `live` is that of its current attempt. */
export function flowDisplay(status: FlowStatus, live: LiveLook | null = null): FlowDisplay {
  if (status === 'CONVERTING' && live !== null) {
    if (live.end?.status === 'SUCCESS') {
      return 'done';
    }
    if (live.end?.status === 'FAILED') {
      return 'needsAttention';
    }
    if (!live.visible) {
      return 'unknown';
    }
    if (live.phase === 'waiting') {
      return 'waiting';
    }
  }
  return DISPLAY_OF_FLOW[status];
}

/** Label, icon and colour of a flow. */
export function flowLook(display: FlowDisplay): Look {
  return FLOW_LOOKS[display];
}

/**
 * A duration in words: `41 s`, `3 min 04 s`, `2 h 05 min`, `3 d 04 h`.
 * @param seconds fractions are cut off; a negative value (clocks that disagree) counts as 0.
 */
export function formatDuration(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return `${minutes} min ${two(whole % 60)} s`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    return `${hours} h ${two(minutes % 60)} min`;
  }
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago (or ahead) an instant lies, rounded to one unit: `12 s ago`, `9 min ago`, `2 days ago`, `in 30 s`. */
export function formatRelative(then: Date, now: Date): string {
  const difference = (now.getTime() - then.getTime()) / 1000;
  const distance = Math.abs(difference);
  if (distance < 1.5) {
    return 'just now';
  }
  const amount = distanceInWords(distance);
  return difference < 0 ? `in ${amount}` : `${amount} ago`;
}

function distanceInWords(seconds: number): string {
  if (seconds < 90) {
    return `${Math.round(seconds)} s`;
  }
  if (seconds < 90 * MINUTE) {
    return `${Math.round(seconds / MINUTE)} min`;
  }
  if (seconds < 36 * HOUR) {
    return `${Math.round(seconds / HOUR)} h`;
  }
  if (seconds < 60 * DAY) {
    return `${Math.round(seconds / DAY)} days`;
  }
  if (seconds < 730 * DAY) {
    return `${Math.round(seconds / (30.44 * DAY))} months`;
  }
  return `${Math.floor(seconds / (365.25 * DAY))} years`;
}

/**
 * The exact local time with its zone, the same in every locale and sortable: `2025-11-23 14:32:10 GMT+1`.
 * @param timeZone IANA name; the machine's own where absent.
 */
export function formatInstant(date: Date, timeZone?: string): string {
  const parts = new Map(
    instantFormat(timeZone)
      .formatToParts(date)
      .map((part) => [part.type, part.value] as const),
  );
  const get = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return `${get('year')}-${get('month')}-${get('day')} ${get('hour')}:${get('minute')}:${get('second')} ${get('timeZoneName')}`;
}

/** Making a format takes far longer than using it, and a page has hundreds of times. */
const instantFormats = new Map<string | undefined, Intl.DateTimeFormat>();

function instantFormat(timeZone: string | undefined): Intl.DateTimeFormat {
  const known = instantFormats.get(timeZone);
  if (known !== undefined) {
    return known;
  }
  const made = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  instantFormats.set(timeZone, made);
  return made;
}

/** Longest error text in a row. */
export const ERROR_LENGTH = 50;

/** The first line of an error that says something, cut to `max` characters (the ellipsis is one of them). */
export function truncateError(text: string, max: number = ERROR_LENGTH): string {
  const line =
    text
      .split(/\r\n|\r|\n/)
      .map((part) => part.replace(/\s+/g, ' ').trim())
      .find((part) => part !== '') ?? '';
  // By code points: a cut in the middle of a surrogate pair would show a broken character.
  const characters = Array.from(line);
  return characters.length <= max
    ? line
    : `${characters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`;
}

/** `1 attempt`, `5 attempts`. */
export function formatCount(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A percentage as it is shown, or null where none is known. Values outside 0 to 100 are an agent's slip. */
export function clampPercentage(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.min(100, Math.max(0, Math.round(value)));
}

const TRIGGER_LABELS: Readonly<Record<TriggerKind, string>> = {
  user: 'Started by hand',
  retry: 'Retry',
  bulk: 'Bulk',
  migration: 'Migrated',
};

/** `retry:data-eng` as `Retry, data-eng`; what is not of that form is shown as it is, null where nothing is recorded. */
export function triggerLabel(triggeredBy: string | null): string | null {
  if (triggeredBy === null || triggeredBy.trim() === '') {
    return null;
  }
  const colon = triggeredBy.indexOf(':');
  const kind = TRIGGER_KINDS.find((known) => known === (colon < 0 ? triggeredBy : triggeredBy.slice(0, colon)));
  if (kind === undefined) {
    return triggeredBy;
  }
  const user = colon < 0 ? '' : triggeredBy.slice(colon + 1).trim();
  return user === '' ? TRIGGER_LABELS[kind] : `${TRIGGER_LABELS[kind]}, ${user}`;
}

/** A notebook's name from its path (either slash), without the ending that its format has on disk. */
export function notebookName(path: string): string {
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  return name.replace(/\.(py|ipynb|sql|scala|r)$/i, '') || name;
}

/** Seconds that an attempt took, or has taken so far; null where its end is not known though it has ended. */
export function elapsedSeconds(
  attempt: Pick<Attempt, 'status' | 'startedAt' | 'completedAt' | 'durationSeconds'>,
  now: Date,
): number | null {
  if (attempt.durationSeconds !== null) {
    return attempt.durationSeconds;
  }
  if (attempt.completedAt !== null) {
    return Math.max(0, (attempt.completedAt.getTime() - attempt.startedAt.getTime()) / 1000);
  }
  return attempt.status === 'CREATING' || attempt.status === 'RUNNING'
    ? Math.max(0, (now.getTime() - attempt.startedAt.getTime()) / 1000)
    : null;
}

/** A flow's name as people know it, its id where it has none. */
export function flowTitle(flow: Pick<Flow, 'flowId' | 'flowName'>): string {
  return flow.flowName.trim() === '' ? flow.flowId : flow.flowName;
}

/**
 * Makes a text stand for itself in Markdown (CommonMark, with VS Code's `$(icon)` and HTML): nothing in it can become a
 * link, an image, an icon, a tag or a list. Line ends become spaces.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|~$^=:@]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
