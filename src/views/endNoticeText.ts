/** The words of the messages about ended attempts. Pure. */
import type { TerminalAttemptStatus } from '../flows/model';
import { formatCount, truncateError } from './format';

export interface EndedAttempt {
  readonly attemptId: string;
  readonly flowId: string;
  readonly attemptNumber: number;
  readonly status: TerminalAttemptStatus;
  readonly errorMessage: string | null;
  readonly generatedNotebooks: readonly string[];
  /** What the agent said last: of a success, what is left to do. */
  readonly statusMessage: string | null;
}

export interface Notice {
  readonly severity: 'info' | 'warn';
  readonly message: string;
  readonly actions: readonly ('openNotebooks' | 'viewHistory' | 'retry')[];
}

/** Longest part of an error in a message; the page shows all of it. */
const ERROR_LENGTH = 200;

/** A text as a further sentence; nothing where there is none. */
function sentence(text: string | null): string {
  const cut = truncateError(text ?? '', ERROR_LENGTH);
  return cut === '' ? '' : ` ${cut}${/[.!?…]$/.test(cut) ? '' : '.'}`;
}

/** The message about one attempt; null where there is nothing to say: the person cancelled it. */
export function singleNotice(ended: EndedAttempt, flow: string): Notice | null {
  switch (ended.status) {
    case 'SUCCESS': {
      const count = ended.generatedNotebooks.length;
      return {
        severity: 'info',
        message: `${flow} was converted: ${formatCount(count, 'notebook')}.${sentence(ended.statusMessage)}`,
        actions: count === 0 ? ['viewHistory'] : ['openNotebooks', 'viewHistory'],
      };
    }
    case 'FAILED': {
      return {
        severity: 'warn',
        message: `Attempt ${ended.attemptNumber} of ${flow} failed.${sentence(ended.errorMessage)}`,
        actions: ['viewHistory', 'retry'],
      };
    }
    case 'CANCELLED':
      return null;
  }
}

/** The one message about a batch: "12 flows ended: 10 converted, 2 failed." */
export function batchNotice(statuses: readonly TerminalAttemptStatus[]): Pick<Notice, 'severity' | 'message'> {
  const count = (status: TerminalAttemptStatus): number => statuses.filter((one) => one === status).length;
  const failed = count('FAILED');
  const parts = [
    ...(count('SUCCESS') > 0 ? [`${count('SUCCESS')} converted`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(count('CANCELLED') > 0 ? [`${count('CANCELLED')} cancelled`] : []),
  ];
  return {
    severity: failed > 0 ? 'warn' : 'info',
    message: `${formatCount(statuses.length, 'flow')} ended: ${parts.join(', ')}.`,
  };
}
