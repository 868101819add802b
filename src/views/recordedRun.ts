/** What the history says of a run that the place itself no longer has. Pure. */
import type { Attempt } from '../flows/model';
import { attemptDisplay, attemptLook, formatInstant } from './format';

/** In place of a run's log; ends with a line break. @param timeZone IANA name; the machine's own where absent */
export function recordedRun(attempt: Attempt, timeZone?: string): string {
  const { label } = attemptLook(attemptDisplay(attempt.status, null));
  const when = (date: Date | null): string => (date === null ? 'not known' : formatInstant(date, timeZone));
  const parts = [
    `The run ${attempt.databricksRunId ?? ''} is no longer kept: Databricks forgets runs after 60 days. Recorded of it:`,
    [label, `started: ${when(attempt.startedAt)}`, `ended:   ${when(attempt.completedAt)}`].join('\n'),
    attempt.statusMessage ?? '',
    attempt.errorMessage ?? '',
    attempt.generatedNotebooks.length === 0 ? '' : ['Notebooks:', ...attempt.generatedNotebooks].join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
