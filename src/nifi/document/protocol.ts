/** What the parser's thread is asked and answers. */
import type { ParsedDocument } from './parse';

export type ParserRequest =
  | { readonly id: number; readonly kind: 'parse'; readonly text: string }
  /** A file of any kind that flows come in, as text over many lines. */
  | { readonly id: number; readonly kind: 'open'; readonly path: string }
  /** The same of bytes that were read elsewhere. */
  | { readonly id: number; readonly kind: 'unpack'; readonly bytes: Uint8Array };

export interface OpenedText {
  readonly text: string;
  readonly syntax: 'xml' | 'json';
}

export type ParserAnswer =
  | { readonly id: number; readonly kind: 'parse'; readonly parsed: ParsedDocument }
  | { readonly id: number; readonly kind: 'open'; readonly opened: OpenedText }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };
