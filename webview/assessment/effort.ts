/** How effort gathers over the flows in the suggested order: a curve, and the sentence that it stands for. */
import { formatCount } from '../../src/views/format';
import { element } from '../components/dom';

const NAMESPACE = 'http://www.w3.org/2000/svg';
const WIDTH = 200;
const HEIGHT = 56;

export interface EffortShare {
  /** The easier half of the flows. */
  readonly flows: number;
  /** Their share of the effort, 0 to 100. */
  readonly percentage: number;
}

/** Null where there is nothing to tell: too few flows, or no effort at all. */
export function easierHalf(efforts: readonly number[]): EffortShare | null {
  const total = efforts.reduce((sum, effort) => sum + effort, 0);
  if (efforts.length < 4 || total === 0) {
    return null;
  }
  const flows = Math.floor(efforts.length / 2);
  const half = efforts.slice(0, flows).reduce((sum, effort) => sum + effort, 0);
  return { flows, percentage: Math.round((100 * half) / total) };
}

/** @param efforts in the suggested order, without flows that could not be read */
export function effortCurve(efforts: readonly number[]): HTMLElement | null {
  const share = easierHalf(efforts);
  if (share === null) {
    return null;
  }
  const text = `The first ${formatCount(share.flows, 'flow')}, half of them, ${share.flows === 1 ? 'needs' : 'need'} ${share.percentage}% of the effort.`;
  return element(
    'figure',
    { class: 'effort-curve' },
    element('h2', { text: 'Effort over the flows' }),
    drawing(efforts, share),
    element('figcaption', { class: 'secondary', text }),
  );
}

function drawing(efforts: readonly number[], { flows, percentage }: EffortShare): Element {
  const total = efforts.reduce((sum, effort) => sum + effort, 0);
  let sum = 0;
  const points = efforts.map((effort, index) => {
    sum += effort;
    return `${round((WIDTH * (index + 1)) / efforts.length)} ${round(HEIGHT * (1 - sum / total))}`;
  });
  const line = `M0 ${HEIGHT} L${points.join(' L')}`;
  const middle = round((WIDTH * flows) / efforts.length);
  const height = round(HEIGHT * (1 - percentage / 100));
  return shape(
    'svg',
    { class: 'curve', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    shape('path', { class: 'curve-area', d: `${line} L${WIDTH} ${HEIGHT} Z` }),
    shape('path', { class: 'curve-line', d: line }),
    shape('path', { class: 'curve-half', d: `M${middle} ${HEIGHT} V${height} H0` }),
  );
}

function shape(name: string, attributes: Readonly<Record<string, string>>, ...children: readonly Element[]): Element {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
