/** Tooltips in Markdown. Whatever comes from a flow, a run or a person is escaped before it gets in. */
import type { AttemptView, FlowView } from '../../flows/flowsModel';
import { isActive } from '../../flows/model';
import { COMMANDS } from '../../platform/contributions';
import {
  attemptDisplay,
  attemptLook,
  clampPercentage,
  elapsedSeconds,
  escapeMarkdown,
  flowLook,
  flowTitle,
  formatCount,
  formatDuration,
  formatInstant,
  formatRelative,
  triggerLabel,
} from '../format';
import { displayOf } from './projection';
import { sourceMark } from './rows';

/** Longest error text in a tooltip; the panel shows all of it. */
const TOOLTIP_ERROR_LENGTH = 400;

type Fact = readonly [name: string, value: string | null];

function moment(at: Date | null, now: Date): string | null {
  return at === null ? null : `${escapeMarkdown(formatRelative(at, now))} (${escapeMarkdown(formatInstant(at))})`;
}

function facts(rows: readonly Fact[]): string[] {
  return rows.flatMap(([name, value]) => (value === null || value === '' ? [] : [`${name}: ${value}`]));
}

function errorBlock(error: string): string {
  const characters = Array.from(error.trim());
  const cut =
    characters.length > TOOLTIP_ERROR_LENGTH
      ? `${characters.slice(0, TOOLTIP_ERROR_LENGTH - 1).join('')}…`
      : error.trim();
  return escapeMarkdown(cut);
}

function plain(text: string | null): string | null {
  return text === null ? null : escapeMarkdown(text);
}

/** The tooltip of a flow: state, totals, first and last attempt, the last error and the way to all attempts. */
export function flowTooltip(flow: FlowView, now: Date): string {
  const look = flowLook(displayOf(flow));
  const mark = sourceMark(flow);
  const error = flow.status === 'NEEDS_ATTENTION' ? flow.errorMessage : null;
  const percentage = flow.status === 'CONVERTING' ? clampPercentage(flow.live?.progressPercentage ?? null) : null;
  const status = [look.label, ...(percentage === null ? [] : [`${percentage}%`])].join(', ');
  const blocks = [
    `**${escapeMarkdown(flowTitle(flow))}** — $(${look.icon}) ${escapeMarkdown(status)}`,
    facts([
      ['Status message', plain(flow.status === 'CONVERTING' ? (flow.live?.statusMessage ?? null) : null)],
      [
        'Attempts',
        flow.totalAttempts === 0 ? 'none yet' : `${flow.totalAttempts}, ${flow.successfulConversions} succeeded`,
      ],
      ['First attempt', flow.totalAttempts > 1 ? moment(flow.firstAttemptAt, now) : null],
      ['Last attempt', moment(flow.lastAttemptAt, now)],
      ['Server', plain(flow.server)],
      ['Owner', plain(flow.owner)],
      ['Priority', plain(flow.priority)],
      ['File', plain(flow.nifiXmlPath)],
      ['Description', plain(flow.description)],
    ]).join('  \n'),
  ];
  if (mark === 'missing') {
    blocks.push('$(warning) The file was not found. Its history is kept.');
  } else if (mark === 'changed') {
    blocks.push(`$(info) The file changed since attempt ${flow.totalAttempts}.`);
  }
  if (error !== null) {
    blocks.push(`$(error) ${errorBlock(error)}`);
  }
  if (flow.totalAttempts > 0) {
    const argument = encodeURIComponent(JSON.stringify([{ flowId: flow.flowId }]));
    blocks.push(`[View All Attempts (${flow.totalAttempts})](command:${COMMANDS.viewAllAttempts}?${argument})`);
  }
  return blocks.join('\n\n');
}

/** The tooltip of an attempt: times, what the run said last, notebooks, the error. */
export function attemptTooltip(attempt: AttemptView, now: Date): string {
  const look = attemptLook(attemptDisplay(attempt.status, attempt.live));
  const seconds = elapsedSeconds(attempt, now);
  const blocks = [
    `**Attempt ${attempt.attemptNumber}** — $(${look.icon}) ${look.label}`,
    facts([
      ['Started', moment(attempt.startedAt, now)],
      ['Ended', isActive(attempt.status) ? null : moment(attempt.completedAt, now)],
      [isActive(attempt.status) ? 'So far' : 'Took', seconds === null ? null : formatDuration(seconds)],
      ['Trigger', plain(triggerLabel(attempt.triggeredBy))],
      ['Status message', plain(attempt.live?.statusMessage ?? attempt.statusMessage)],
      [
        'Notebooks',
        attempt.generatedNotebooks.length === 0 ? null : formatCount(attempt.generatedNotebooks.length, 'notebook'),
      ],
      ['Job', plain(attempt.jobName)],
    ]).join('  \n'),
  ];
  if (attempt.errorMessage !== null) {
    blocks.push(`$(error) ${errorBlock(attempt.errorMessage)}`);
  }
  return blocks.join('\n\n');
}
