/** The one way in which a command is registered: timed, logged, and with its errors shown where a person can act on them. */
import { commands } from 'vscode';
import { AcceleratorError, asAcceleratorError } from '../flows/errors';
import type { Disposable } from '../flows/event';
import { COMMANDS } from '../platform/contributions';
import type { CommandName } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import type { Log } from '../platform/log';
import type { Notifier } from '../platform/notifications';
import { targetsOf } from './targets';

export type CommandHandler = (args: readonly unknown[], signal: AbortSignal) => unknown;

export class CommandRegistry implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly abort = new AbortController();

  constructor(
    private readonly log: Log,
    private readonly notifier: Notifier,
  ) {}

  /** Registers what a command does. Its signal aborts when the extension goes. */
  register(name: CommandName, handler: CommandHandler): void {
    this.disposables.add(
      commands.registerCommand(COMMANDS[name], (...args: unknown[]) => this.run(name, handler, args)),
    );
  }

  dispose(): void {
    this.abort.abort();
    this.disposables.dispose();
  }

  private async run(name: CommandName, handler: CommandHandler, args: readonly unknown[]): Promise<unknown> {
    const started = performance.now();
    const took = (): string => `${Math.round(performance.now() - started)} ms`;
    try {
      const result: unknown = await handler(args, this.abort.signal);
      this.log.info(`${name}: done after ${took()}`);
      return result;
    } catch (cause) {
      const error = asAcceleratorError(cause);
      if (AcceleratorError.is(error, 'cancelled')) {
        this.log.info(`${name}: cancelled after ${took()}`);
        return undefined;
      }
      this.log.error(`${name}: failed after ${took()}`, error);
      this.notifier.error(error, {
        again: () => this.run(name, handler, args),
        mendArguments: targetsOf(args).slice(0, 1),
      });
      return undefined;
    }
  }
}
