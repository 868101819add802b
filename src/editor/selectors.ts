/** For which documents VS Code asks us; each provider then looks at the content. */
import type { DocumentSelector } from 'vscode';
import { SCHEMES } from '../platform/contributions';

export const FLOW_SELECTOR: DocumentSelector = [
  ...['file', 'untitled'].flatMap((scheme) => ['xml', 'json', 'jsonc'].map((language) => ({ scheme, language }))),
  { scheme: 'file', pattern: '**/*.{snapshot,xml,json}' },
  { scheme: SCHEMES.openFlow },
];
