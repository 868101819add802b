/** A document over many lines. What is written between is kept to the letter: only white space is put around it. */
import { createScanner } from 'jsonc-parser';
import { parseXml } from './xmlTree';
import type { XmlElement } from './xmlTree';

const INDENT = '  ';
/** Deeper levels are indented like this one: groups nest without limit, and white space must not outgrow the text. */
const DEEPEST = 64;

/** Of a text that is no XML or JSON, the text as it is. */
export function prettyPrinted(text: string): string {
  const opening = /^[\uFEFF\s]*(.)/.exec(text)?.[1];
  const trimmed = text.replace(/^\uFEFF/, '');
  if (opening === '<') return prettyXml(trimmed);
  return opening === '{' ? prettyJson(trimmed) : trimmed;
}

function prettyXml(text: string): string {
  const { root, broken } = parseXml(text);
  if (root === null || broken !== null) return text;
  const lines: string[] = [];
  const note = (from: number, to: number, indent: string): void => {
    const between = text.slice(from, to).trim();
    if (between !== '') lines.push(indent + between);
  };
  note(0, root.start, '');
  const waiting: (() => void)[] = [];
  const visit = (element: XmlElement, indent: string): void => {
    if (element.children.length === 0 || element.text.trim() !== '') {
      lines.push(indent + text.slice(element.start, element.end));
      return;
    }
    lines.push(indent + text.slice(element.start, element.contentStart));
    const inner = indent.length < DEEPEST * INDENT.length ? indent + INDENT : indent;
    const steps: (() => void)[] = [];
    let at = element.contentStart;
    for (const child of element.children) {
      const from = at;
      steps.push(() => {
        note(from, child.start, inner);
        visit(child, inner);
      });
      at = child.end;
    }
    steps.push(() => {
      note(at, element.contentEnd, inner);
      lines.push(indent + text.slice(element.contentEnd, element.end));
    });
    // No recursion: groups nest without limit.
    waiting.push(...steps.reverse());
  };
  visit(root, '');
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) step();
  note(root.end, text.length, '');
  return `${lines.join('\n')}\n`;
}

function prettyJson(text: string): string {
  const scanner = createScanner(text, true);
  const pieces: string[] = [];
  let depth = 0;
  let opened = false;
  const newLine = (): void => void pieces.push('\n', INDENT.repeat(Math.min(depth, DEEPEST)));
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const token = text.slice(scanner.getTokenOffset(), scanner.getTokenOffset() + scanner.getTokenLength());
    const closes = token === '}' || token === ']';
    if (closes) depth = Math.max(0, depth - 1);
    if (closes !== opened) newLine();
    opened = token === '{' || token === '[';
    if (opened) depth += 1;
    pieces.push(token);
    if (token === ',') newLine();
    else if (token === ':') pieces.push(' ');
  }
  return `${pieces.join('').trimStart()}\n`;
}
