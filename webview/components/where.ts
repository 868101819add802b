/** The line under a page's head: where the thing lies that the page is about. */
import type { WorkspaceKind } from '../../src/flows/workspace';
import { element, icon, spoken } from './dom';

const RUNS_ON: Readonly<Record<WorkspaceKind, readonly [sign: string, text: string]>> = {
  local: ['device-desktop', 'Runs on this computer'],
  databricks: ['cloud', 'Runs on Databricks'],
};

/** A fact that is cut at its end. */
export function fact(sign: string, what: string, text: string): HTMLElement {
  return element(
    'span',
    { class: 'fact', attributes: { title: what } },
    icon(sign),
    spoken(`${what} `),
    element('span', { class: 'cut', text, attributes: { title: text } }),
  );
}

/** A path, cut at its start: its end says more. The inner element keeps its order from left to right. */
export function pathFact(path: string): HTMLElement {
  return element(
    'span',
    { class: 'fact', attributes: { title: path } },
    icon('file'),
    spoken('File '),
    element('span', { class: 'cut-start' }, element('bdi', { text: path })),
  );
}

export function placeFact(kind: WorkspaceKind): HTMLElement {
  const [sign, text] = RUNS_ON[kind];
  return element('span', { class: 'fact' }, icon(sign), element('span', { text }));
}
