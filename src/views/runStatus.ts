/** What the status bar says, from what is known of runs. Pure. */
import type { AcceleratorError, ErrorReason } from '../flows/errors';
import type { MonitorState } from '../flows/runMonitor';
import { formatCount } from './format';

export interface RunStatusInput {
  readonly runs: MonitorState | null;
  /** Flows in this window; null while none were read. */
  readonly flows: number | null;
  /** Attempts that failed and that nobody has looked at since. */
  readonly failedUnseen: number;
  readonly failure: AcceleratorError | null;
}

export interface RunStatus {
  readonly text: string;
  readonly spoken: string;
  /** The one state that asks for attention by its background. */
  readonly warning: boolean;
}

const OFFLINE: ReadonlySet<ErrorReason> = new Set<ErrorReason>(['offline', 'timedOut']);
/** What a person has to set up before anything can be read. */
const SET_UP: ReadonlySet<ErrorReason> = new Set<ErrorReason>([
  'notSignedIn',
  'tablesMissing',
  'agentMissing',
  'badSetting',
  'notAvailable',
]);

function failureStatus({ reason, message }: AcceleratorError): RunStatus {
  if (OFFLINE.has(reason)) {
    return {
      text: '$(debug-disconnect) NiFi: offline',
      spoken: `NiFi conversions: offline. ${message}`,
      warning: false,
    };
  }
  return SET_UP.has(reason)
    ? { text: '$(tools) NiFi: set up', spoken: `NiFi conversions have to be set up. ${message}`, warning: true }
    : { text: '$(error) NiFi: cannot read', spoken: `NiFi conversions cannot be read. ${message}`, warning: false };
}

/** The item's text; null: nothing to say, the item is hidden. */
export function runStatus({ runs, flows, failedUnseen, failure }: RunStatusInput): RunStatus | null {
  if (failure !== null) {
    return failureStatus(failure);
  }
  const active = runs?.active.length ?? 0;
  if (runs !== null && active > 0) {
    const hidden = runs.active.filter((run) => !run.visible).length;
    if (hidden === active) {
      return {
        text: `$(question) NiFi: ${active} unknown`,
        spoken: `NiFi conversions: ${active} cannot be seen now`,
        warning: false,
      };
    }
    if (runs.waiting === active) {
      return {
        text: `$(watch) NiFi: ${active} waiting`,
        spoken: `NiFi conversions: ${active} waiting`,
        warning: false,
      };
    }
    const percentage = Math.round(runs.overallPercentage);
    const ended = runs.ended > 0 ? `, ${runs.ended} of ${runs.started} ended` : '';
    return {
      text: `$(loading~spin) NiFi: ${active} running, ${percentage}%`,
      spoken: `NiFi conversions: ${active} running, ${percentage} percent${ended}`,
      warning: false,
    };
  }
  if (failedUnseen > 0) {
    return {
      text: `$(warning) NiFi: ${failedUnseen} failed`,
      spoken: `NiFi conversions: ${formatCount(failedUnseen, 'attempt')} failed`,
      warning: false,
    };
  }
  return flows === null || flows === 0
    ? null
    : { text: '$(pass) NiFi', spoken: `NiFi conversions: none running, ${formatCount(flows, 'flow')}`, warning: false };
}
