/** Context keys for `when` clauses, written only when their value changes: each write crosses to the window. */
import { commands } from 'vscode';
import type { ContextKey } from './contributions';

type ContextValue = string | number | boolean;

export class ContextKeys {
  private readonly values = new Map<ContextKey, ContextValue>();

  set(key: ContextKey, value: ContextValue): void {
    if (this.values.get(key) !== value) {
      this.values.set(key, value);
      void commands.executeCommand('setContext', key, value);
    }
  }

  get(key: ContextKey): ContextValue | undefined {
    return this.values.get(key);
  }
}
