/** A document's text to its parts with their places. Pure; large texts are parsed on a thread of their own. */
import { parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ParseError } from 'jsonc-parser';
import { isFlowXml, readFlowXml } from './flowXml';
import type { FlowDocument } from './model';
import { isTemplate, readTemplate } from './template';
import { readVersioned } from './versioned';
import { parseXml } from './xmlTree';

export interface ParsedDocument {
  /** Null: no NiFi document. Of a broken text what was understood. */
  readonly document: FlowDocument | null;
  /** The first fault of a text that is no XML or JSON. */
  readonly broken: { readonly message: string; readonly offset: number } | null;
}

export function parseDocument(text: string): ParsedDocument {
  const opening = /^[\uFEFF\s]*(.)/.exec(text)?.[1];
  if (opening === '<') return fromXml(text);
  if (opening === '{') return fromJson(text);
  return { document: null, broken: null };
}

function fromXml(text: string): ParsedDocument {
  const { root, broken } = parseXml(text);
  if (root === null) return { document: null, broken };
  if (isTemplate(root)) return { document: readTemplate(root, text), broken };
  return { document: isFlowXml(root) ? readFlowXml(root, text) : null, broken };
}

function fromJson(text: string): ParsedDocument {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  const [error] = errors;
  const broken = error === undefined ? null : { message: printParseErrorCode(error.error), offset: error.offset };
  return { document: root === undefined ? null : readVersioned(root), broken };
}
