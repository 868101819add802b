/** Letters and colours beside flows whose file changed since its last conversion, or is gone. */
import { FileDecoration, ThemeColor, window } from 'vscode';
import type { Disposable, FileDecorationProvider, Uri } from 'vscode';

/** Addresses of rows that carry a mark: `nifi-flow:/<flow id>?changed`. Nothing is opened by them. */
export const FLOW_SCHEME = 'nifi-flow';

const provider: FileDecorationProvider = {
  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    if (uri.scheme !== FLOW_SCHEME) {
      return undefined;
    }
    switch (uri.query) {
      case 'changed':
        return new FileDecoration(
          'M',
          'Changed since its last attempt',
          new ThemeColor('gitDecoration.modifiedResourceForeground'),
        );
      case 'missing':
        return new FileDecoration('!', 'File not found', new ThemeColor('gitDecoration.deletedResourceForeground'));
      default:
        return undefined;
    }
  },
};

export function registerFlowDecorations(): Disposable {
  return window.registerFileDecorationProvider(provider);
}
