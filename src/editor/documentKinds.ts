/** Which documents are ours, by their beginning. Cheap: every opened document is asked once. */
import type { TextDocument } from 'vscode';
import { SCHEMES } from '../platform/contributions';
import { looksLikeFlow } from '../views/flowMarks';

/** Enough to meet the first element or keys of every format. */
const PREFIX_LENGTH = 8192;
const NOTEBOOK_MARK = '# Databricks notebook source';
/** Not those of version control or of a diff. */
const OWN_SCHEMES: readonly string[] = ['file', 'untitled', SCHEMES.openFlow];

/** A document's beginning, line by line: `getText()` of a large document would copy all of it. */
export function documentPrefix(document: TextDocument): string {
  const lines: string[] = [];
  let length = 0;
  for (let at = 0; at < document.lineCount && length < PREFIX_LENGTH; at += 1) {
    const text = document.lineAt(at).text.slice(0, PREFIX_LENGTH);
    lines.push(text);
    length += text.length;
  }
  return lines.join('\n');
}

export function isFlowDocument(document: TextDocument): boolean {
  return OWN_SCHEMES.includes(document.uri.scheme) && looksLikeFlow(documentPrefix(document));
}

/** A notebook in Databricks' source format, which a conversion may have made. */
export function isNotebookDocument(document: TextDocument): boolean {
  return (
    document.languageId === 'python' && document.uri.scheme === 'file' && document.lineAt(0).text === NOTEBOOK_MARK
  );
}
