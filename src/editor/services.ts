/** What the editor features work with; built once by the composition root. */
import type { TextEditor } from 'vscode';
import type { ConverterProcess } from '../nifi/converter/runConverter';
import type { Log } from '../platform/log';
import type { Session, Sessions } from '../platform/session';
import type { Settings } from '../platform/settings';

export interface EditorServices {
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly log: Log;
  /** Where the extension is installed. */
  readonly extensionPath: string;
  /** The Python side; rejects with `pythonMissing` or `pythonTooOld`. */
  readonly converter: (signal: AbortSignal) => Promise<ConverterProcess>;
  /** Opens a notebook of a conversion, wherever it lies. */
  readonly openNotebook: (session: Session, path: string, beside: boolean, signal: AbortSignal) => Promise<TextEditor>;
}
