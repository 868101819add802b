/**
 * What the rows of the tree say: label, description, icon, and the sentence that a screen reader speaks. Pure; the
 * provider compares two rows to know whether one must be drawn again.
 */
import type { AttemptView, FlowView } from '../../flows/flowsModel';
import { isActive } from '../../flows/model';
import type { RowTrait } from '../../platform/contributions';
import {
  attemptDisplay,
  attemptLook,
  clampPercentage,
  elapsedSeconds,
  flowLook,
  flowTitle,
  formatCount,
  formatDuration,
  formatRelative,
} from '../format';
import type { Look } from '../format';
import { displayOf } from './projection';
import type { FlowGroup } from './projection';

/** What is wrong with a flow's source, shown as a decoration. */
export type SourceMark = 'changed' | 'missing';

export interface Row {
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  /** Id of a theme colour; null: the foreground. */
  readonly color: string | null;
  readonly traits: readonly RowTrait[];
  readonly mark: SourceMark | null;
  /** A sentence, for screen readers. */
  readonly spoken: string;
}

/** Whether two rows look alike, so that nothing needs drawing. */
export function sameRow(a: Row, b: Row): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.icon === b.icon &&
    a.color === b.color &&
    a.mark === b.mark &&
    a.spoken === b.spoken &&
    a.traits.join() === b.traits.join()
  );
}

function iconOf(look: Look): string {
  return look.spin ? `${look.icon}~spin` : look.icon;
}

/** What is wrong with the source of a flow; null: nothing that is known of. */
export function sourceMark(flow: FlowView): SourceMark | null {
  if (!flow.source.exists) {
    return 'missing';
  }
  return flow.source.changedSinceLastAttempt === true && flow.totalAttempts > 0 ? 'changed' : null;
}

/** What may be done with a flow: the same rule for menus, buttons and commands. */
export function flowTraits(flow: FlowView): readonly RowTrait[] {
  const traits: RowTrait[] = ['flow'];
  if (flow.status === 'CONVERTING') {
    traits.push('active');
  } else if (flow.source.exists) {
    traits.push(flow.status === 'NEEDS_ATTENTION' ? 'retryable' : 'startable');
  }
  if (flow.totalAttempts > 0) {
    traits.push('hasHistory');
  }
  if (flow.generatedNotebooks.length > 0) {
    traits.push('hasNotebooks');
  }
  if (flow.source.exists) {
    traits.push('hasSource');
  }
  return traits;
}

/** The row of a flow. */
export function flowRow(flow: FlowView, now: Date): Row {
  const look = flowLook(displayOf(flow));
  const label = flowTitle(flow);
  const mark = sourceMark(flow);
  const missing = mark === 'missing' && flow.status !== 'CONVERTING';
  const description = flowDescription(flow, mark, now);
  return {
    label,
    description,
    icon: missing ? 'file-code' : iconOf(look),
    color: missing ? 'disabledForeground' : look.color,
    traits: flowTraits(flow),
    mark,
    spoken: flowSentence(flow, look.label.toLowerCase(), mark, now),
  };
}

function flowDescription(flow: FlowView, mark: SourceMark | null, now: Date): string {
  const display = displayOf(flow);
  switch (display) {
    case 'converting': {
      const percentage = progressOf(flow);
      return [`attempt ${flow.totalAttempts}`, ...(percentage === null ? [] : [`${percentage}%`])].join(', ');
    }
    case 'waiting':
      return flow.live?.statusMessage ?? 'waiting';
    case 'unknown':
      return lastSeen(flow.live?.lastSeenAt ?? null, now);
    case 'notStarted':
    case 'done':
    case 'needsAttention':
      break;
  }
  if (mark === 'missing') {
    return 'file not found';
  }
  if (mark === 'changed') {
    return `changed since attempt ${flow.totalAttempts}`;
  }
  if (display === 'notStarted') {
    return flow.totalAttempts === 0 ? 'not started' : `not started, ${formatCount(flow.totalAttempts, 'attempt')}`;
  }
  const ended = flow.conversionCompletedAt ?? flow.lastAttemptAt;
  if (display === 'needsAttention') {
    const when = ended === null ? 'failed' : `failed ${formatRelative(ended, now)}`;
    return `${when}, ${formatCount(flow.totalAttempts, 'attempt')}`;
  }
  return flow.totalAttempts === 1 && ended !== null
    ? `converted ${formatRelative(ended, now)}`
    : `${flow.successfulConversions} of ${flow.totalAttempts} succeeded`;
}

function progressOf(flow: FlowView): number | null {
  return clampPercentage(flow.live?.progressPercentage ?? flow.progressPercentage);
}

function lastSeen(at: Date | null, now: Date): string {
  return at === null ? 'unknown, not seen yet' : `unknown, last seen ${formatRelative(at, now)}`;
}

function flowSentence(flow: FlowView, status: string, mark: SourceMark | null, now: Date): string {
  const percentage = flow.status === 'CONVERTING' ? progressOf(flow) : null;
  const ended = flow.status === 'CONVERTING' ? null : (flow.conversionCompletedAt ?? flow.lastAttemptAt);
  return [
    flowTitle(flow),
    status,
    ...(percentage === null ? [] : [`${percentage} percent`]),
    ...(ended === null || flow.totalAttempts === 0 ? [] : [`last attempt ${formatRelative(ended, now)}`]),
    flow.totalAttempts === 0 ? 'no attempts' : formatCount(flow.totalAttempts, 'attempt'),
    ...(mark === 'missing' ? ['file not found'] : mark === 'changed' ? ['source changed since the last attempt'] : []),
    ...(flow.server === '' ? [] : [`server ${flow.server}`]),
    ...(flow.owner === null || flow.owner === '' ? [] : [`owner ${flow.owner}`]),
  ].join(', ');
}

/** The row of an attempt. */
export function attemptRow(attempt: AttemptView, now: Date): Row {
  const active = isActive(attempt.status);
  const display = attemptDisplay(attempt.status, attempt.live);
  const look = attemptLook(display);
  const percentage = clampPercentage(attempt.live?.progressPercentage ?? attempt.progressPercentage);
  const seconds = elapsedSeconds(attempt, now);
  const parts: string[] = [];
  if (display === 'unknown') {
    parts.push(lastSeen(attempt.live?.lastSeenAt ?? null, now).replace(/^unknown, /, ''));
  } else if (display === 'waiting') {
    parts.push(attempt.live?.statusMessage ?? 'for a free place');
  } else if (active) {
    if (percentage !== null) {
      parts.push(`${percentage}%`);
    }
  } else {
    parts.push(formatRelative(attempt.completedAt ?? attempt.startedAt, now));
  }
  if (seconds !== null && display !== 'unknown' && display !== 'waiting') {
    parts.push(formatDuration(seconds));
  }
  const traits: RowTrait[] = ['attempt', 'hasHistory'];
  if (active) {
    traits.push('active');
  }
  if (attempt.databricksRunId !== null) {
    traits.push('hasLog');
  }
  if (attempt.generatedNotebooks.length > 0) {
    traits.push('hasNotebooks');
  }
  return {
    label: `#${attempt.attemptNumber} ${look.label}`,
    description: parts.join(', '),
    icon: iconOf(look),
    color: look.color,
    traits,
    mark: null,
    spoken: [
      `Attempt ${attempt.attemptNumber}`,
      look.label.toLowerCase(),
      ...(active && percentage !== null ? [`${percentage} percent`] : []),
      ...(active ? [] : [`ended ${formatRelative(attempt.completedAt ?? attempt.startedAt, now)}`]),
      ...(seconds === null ? [] : [`took ${formatDuration(seconds)}`]),
      ...(attempt.errorMessage === null ? [] : [attempt.errorMessage]),
    ].join(', '),
  };
}

/** The row of a group; a description without times, so that it changes only with the group's members. */
export function groupRow(group: FlowGroup): Row {
  const flows = formatCount(group.flows.length, 'flow');
  const running = group.running === 0 ? '' : `, ${group.running} running`;
  return {
    label: group.label,
    description: flows + running,
    icon: group.icon,
    color: group.iconColor,
    traits: ['group'],
    mark: null,
    spoken: `${group.label}, ${flows}${running}`,
  };
}
