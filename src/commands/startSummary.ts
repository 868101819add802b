/** What to say after a start about the flows that did not start. Pure. */
import type { StartResult } from '../flows/conversions';
import { formatCount, formatInstant } from '../views/format';

export interface StartSummary {
  readonly severity: 'info' | 'warn';
  readonly message: string;
  /** The flow whose history says more; null where it is about several. */
  readonly flowId: string | null;
}

/** `data-eng` of `user:data-eng`; null where nothing tells. */
function userOf(triggeredBy: string | null): string | null {
  const user = triggeredBy?.slice(triggeredBy.indexOf(':') + 1).trim() ?? '';
  return user === '' ? null : user;
}

/** @param name the flow's title; null result: everything started, or the person cancelled all. */
export function startSummary(results: readonly StartResult[], name: (flowId: string) => string): StartSummary | null {
  const [only] = results;
  if (results.length === 1 && only?.outcome === 'lost') {
    const who = userOf(only.by) ?? 'Someone else';
    const since = only.since === null ? '' : ` since ${formatInstant(only.since).slice(11, 16)}`;
    return { severity: 'info', message: `${who} is converting ${name(only.flowId)}${since}.`, flowId: only.flowId };
  }
  const lost = results.filter((result) => result.outcome === 'lost').length;
  const failures = results.filter((result) => result.outcome === 'failed');
  const [firstFailure] = failures;
  if (lost === 0 && firstFailure === undefined) {
    return null;
  }
  const started = results.filter((result) => result.outcome === 'started').length;
  const parts = [`${started} of ${formatCount(results.length, 'conversion')} started.`];
  if (lost > 0) {
    parts.push(`${formatCount(lost, 'flow')} ${lost === 1 ? 'is' : 'are'} being converted already.`);
  }
  if (firstFailure !== undefined) {
    const first = `${name(firstFailure.flowId)}: ${firstFailure.error.message}`;
    parts.push(`${failures.length} could not start. ${failures.length === 1 ? first : `The first: ${first}`}`);
  }
  return { severity: firstFailure === undefined ? 'info' : 'warn', message: parts.join(' '), flowId: null };
}
