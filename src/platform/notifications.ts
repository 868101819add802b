/** Messages to the person: what happened, why, and what mends it as a button. The same text lands in the log. */
import { commands, l10n, window } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import { COMMANDS } from './contributions';
import type { Log } from './log';
import { remedyFor } from './mending';
import { redact } from './redact';

/** A button of a message. */
export interface Choice {
  readonly title: string;
  readonly run: () => unknown;
}

/** What was being done when an error came, so that the message's button can do it again or mend it there. */
export interface ErrorContext {
  readonly again?: () => unknown;
  /** Passed to the mending command: usually the flow. */
  readonly mendArguments?: readonly unknown[];
}

export class Notifier {
  constructor(private readonly log: Log) {}

  info(message: string, ...choices: readonly Choice[]): void {
    this.offer(window.showInformationMessage(message, ...titles(choices)), choices);
  }

  warn(message: string, ...choices: readonly Choice[]): void {
    this.offer(window.showWarningMessage(message, ...titles(choices)), choices);
  }

  /** Shows an error that reached the surface. A cancelled action is no error and shows nothing. */
  error(error: unknown, context: ErrorContext = {}): void {
    if (AcceleratorError.is(error, 'cancelled')) {
      return;
    }
    const known = AcceleratorError.is(error) ? error : null;
    const message = known?.message ?? l10n.t('Something went wrong inside the extension. The log says more.');
    const choices = [...this.mending(known, context), this.logChoice()];
    this.offer(window.showErrorMessage(redact(message), ...titles(dedupe(choices))), choices);
  }

  private mending(error: AcceleratorError | null, { again, mendArguments }: ErrorContext): Choice[] {
    if (error?.mend === 'tryAgain' && again !== undefined) {
      return [{ title: l10n.t('Try Again'), run: again }];
    }
    const remedy = remedyFor(error?.mend);
    return remedy === null
      ? []
      : [
          {
            title: remedy.title,
            run: () => commands.executeCommand(remedy.command, ...(mendArguments ?? [])),
          },
        ];
  }

  private logChoice(): Choice {
    return { title: l10n.t('Show Log'), run: () => commands.executeCommand(COMMANDS.showLog) };
  }

  private offer(shown: Thenable<string | undefined>, choices: readonly Choice[]): void {
    Promise.resolve(shown)
      .then((title) => choices.find((choice) => choice.title === title)?.run())
      .catch((error: unknown) => this.log.error('A message could not be answered.', error));
  }
}

function titles(choices: readonly Choice[]): string[] {
  return choices.map((choice) => choice.title);
}

function dedupe(choices: readonly Choice[]): Choice[] {
  return choices.filter((choice, index) => choices.findIndex((other) => other.title === choice.title) === index);
}
