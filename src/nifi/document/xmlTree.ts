/** XML to a plain tree with offsets. Namespaces' prefixes are left out, as NiFi's readers do. */
import { SaxesParser } from 'saxes';
import type { Span, Written } from './model';

export interface XmlElement {
  readonly tag: string;
  readonly start: number;
  end: number;
  /** Between the tags. */
  contentStart: number;
  contentEnd: number;
  /** All text directly in it. */
  text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
}

export interface XmlTree {
  readonly root: XmlElement | null;
  /** The first fault; the tree then holds what was understood around it. */
  readonly broken: { readonly message: string; readonly offset: number } | null;
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = {};

export function parseXml(text: string): XmlTree {
  let root: XmlElement | null = null;
  let broken: XmlTree['broken'] = null;
  const open: XmlElement[] = [];
  const parser = new SaxesParser({ xmlns: false, position: true });
  parser.on('error', (error) => {
    broken ??= { message: error.message.replace(/^\d+:\d+: /, ''), offset: Math.min(parser.position, text.length) };
  });
  parser.on('opentagstart', ({ name }) => {
    const element: XmlElement = {
      tag: name.slice(name.indexOf(':') + 1),
      // The parser has read the name and one character more, none of which can be this sign.
      start: text.lastIndexOf('<', parser.position - 1),
      end: text.length,
      contentStart: text.length,
      contentEnd: text.length,
      text: '',
      attributes: NO_ATTRIBUTES,
      children: [],
    };
    const parent = open.at(-1);
    if (parent === undefined) root ??= element;
    else parent.children.push(element);
    open.push(element);
  });
  parser.on('opentag', ({ attributes }) => {
    const element = open.at(-1);
    if (element === undefined) return;
    element.contentStart = parser.position;
    if (Object.keys(attributes).length > 0) Object.assign(element, { attributes });
  });
  const takeText = (piece: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on('text', takeText);
  parser.on('cdata', takeText);
  parser.on('closetag', ({ isSelfClosing }) => {
    const element = open.pop();
    if (element === undefined) return;
    element.end = parser.position;
    element.contentEnd = isSelfClosing ? element.end : text.lastIndexOf('</', parser.position - 1);
    if (isSelfClosing) element.contentStart = element.end;
  });
  parser.write(text).close();
  return { root, broken };
}

export function first(element: XmlElement | undefined, tag: string): XmlElement | undefined {
  return element?.children.find((child) => child.tag === tag);
}

export function all(element: XmlElement | undefined, tag: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.tag === tag) ?? [];
}

/** Text of the first such child without outer white space; empty where there is none. */
export function valueOf(element: XmlElement | undefined, tag: string): string {
  return first(element, tag)?.text.trim() ?? '';
}

export function spanOf(element: XmlElement): Span {
  return { start: element.start, end: element.end };
}

/** The content as a property's value: white space belongs to it. */
export function written(element: XmlElement): Written {
  return { text: element.text, span: { start: element.contentStart, end: element.contentEnd } };
}

/** The content without outer white space, for ids and names. */
export function writtenName(element: XmlElement | undefined, source: string): Written | null {
  if (element === undefined) return null;
  const raw = source.slice(element.contentStart, element.contentEnd);
  const start = element.contentStart + (raw.length - raw.trimStart().length);
  return { text: element.text.trim(), span: { start, end: Math.max(start, start + raw.trim().length) } };
}
