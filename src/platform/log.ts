/** The one output channel. Every line names its component; what looks like a credential never gets in. */
import { window } from 'vscode';
import type { LogOutputChannel } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import { redact } from './redact';

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string, error?: unknown): void;
  error(message: string, error?: unknown): void;
}

/** The channel with its component loggers. */
export class LogChannel {
  private readonly channel: LogOutputChannel = window.createOutputChannel('NiFi Accelerator', { log: true });

  /** A logger that marks its lines with the component's name. */
  component(name: string): Log {
    const line = (message: string): string => redact(`[${name}] ${message}`);
    return {
      debug: (message) => this.channel.debug(line(message)),
      info: (message) => this.channel.info(line(message)),
      warn: (message, error) => this.channel.warn(line(withError(message, error))),
      error: (message, error) => this.channel.error(line(withError(message, error))),
    };
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}

function withError(message: string, error: unknown): string {
  return error === undefined ? message : `${message}\n${describe(error)}`;
}

/** All that is known of an error, for the log: reason, details, stack and the chain of causes. */
export function describe(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const lines = [error.stack ?? `${error.name}: ${error.message}`];
  if (AcceleratorError.is(error)) {
    lines.unshift(`reason: ${error.reason}`);
    const details = Object.entries(error.details).map(([key, value]) => `${key}: ${String(value)}`);
    if (details.length > 0) {
      lines.push(`details: ${details.join(', ')}`);
    }
  }
  if (error.cause !== undefined && depth < 5) {
    lines.push(`caused by: ${describe(error.cause, depth + 1)}`);
  }
  return lines.join('\n');
}
