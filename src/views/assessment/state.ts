/** What the page is to show of an assessment. Pure. */
import {
  inSuggestedOrder,
  shortTypeName,
  triggersOf,
  type AssessedFlow,
  type Assessment,
} from '../../flows/assessment';
import { formatCount } from '../format';
import type { Counted, FlowRow, ReportState } from './protocol';

/** Addresses and the like named of one line. */
const NAMES_SHOWN = 6;

/** @param folders the longest of them that holds a flow is left out of where it lies */
export function reportState(assessment: Assessment, label: string, at: Date, folders: readonly string[]): ReportState {
  const { total } = assessment;
  const flows = inSuggestedOrder(assessment);
  const read = flows.filter(({ error }) => error === null);
  const twins = new Map<string, AssessedFlow[]>();
  for (const flow of read.filter(({ canonical_hash: hash }) => hash !== '')) {
    twins.set(flow.canonical_hash, [...(twins.get(flow.canonical_hash) ?? []), flow]);
  }
  const placeOf = (source: string): string => place(source, folders);
  return {
    label,
    at: at.toISOString(),
    cancelled: assessment.cancelled,
    flows: flows.map((flow, index) => flowRow(flow, index, (twins.get(flow.canonical_hash)?.length ?? 1) - 1, placeOf)),
    figures: {
      flows: total.flows,
      errors: total.errors,
      processors: total.processors,
      planned: total.planned,
      effort: total.effort,
    },
    levels: total.levels,
    types: total.types.map(({ type, count, flows: inFlows, level, target }) => ({
      name: shortTypeName(type),
      count,
      flows: inFlows,
      level: level === 'not_needed' ? 'notNeeded' : level,
      target,
    })),
    systems: systemsOf(read, total.systems),
    scripts: scriptsOf(read),
    triggers: counted(read.flatMap((flow) => triggersOf(flow))),
    formats: counted(read.map(({ format }) => format)),
    findings: findingsOf(read),
    same: [...twins.values()]
      .filter((group) => group.length > 1)
      .map((group) => ({ name: group[0]?.name ?? '', places: group.map(({ source }) => placeOf(source)) })),
  };
}

function flowRow(flow: AssessedFlow, index: number, twins: number, placeOf: (source: string) => string): FlowRow {
  const isRead = flow.error === null;
  return {
    order: isRead ? index + 1 : 0,
    name: isRead ? flow.name : (flow.source.split(/[\\/]/).at(-1) ?? flow.source),
    place: placeOf(flow.source),
    format: flow.format,
    nifiVersion: flow.nifi_version ?? '',
    processors: flow.processors,
    levels: flow.levels,
    systems: flow.systems.map(({ system }) => system),
    scriptLines: flow.scripts.reduce((sum, { lines }) => sum + lines, 0),
    triggers: [...triggersOf(flow)],
    findings: flow.findings.length,
    effort: flow.effort,
    twins: isRead ? Math.max(0, twins) : 0,
    error: flow.error?.message ?? null,
  };
}

function place(source: string, folders: readonly string[]): string {
  const folder = folders
    .filter((one) => source.startsWith(one) && /^[\\/]/.test(source.slice(one.length)))
    .sort((a, b) => b.length - a.length)[0];
  return folder === undefined ? source : source.slice(folder.length + 1);
}

function systemsOf(flows: readonly AssessedFlow[], totals: Assessment['total']['systems']): Counted[] {
  return totals.map(({ system, flows: count }) => {
    const found = flows.flatMap((flow) => flow.systems.filter((one) => one.system === system));
    const directions = [...new Set(found.flatMap((one) => one.directions).flatMap((one) => one.split(' and ')))].sort();
    const addresses = [...new Set(found.flatMap((one) => one.addresses))].sort();
    return {
      name: system,
      count,
      more: [directions.join(', '), some(addresses)].filter((part) => part !== '').join(': '),
    };
  });
}

function scriptsOf(flows: readonly AssessedFlow[]): Counted[] {
  const engines = new Map<string, { count: number; lines: number; flows: Set<string> }>();
  for (const flow of flows) {
    for (const { engine, lines } of flow.scripts) {
      const known = engines.get(engine) ?? { count: 0, lines: 0, flows: new Set<string>() };
      engines.set(engine, {
        count: known.count + 1,
        lines: known.lines + lines,
        flows: known.flows.add(flow.source),
      });
    }
  }
  return [...engines]
    .map(([engine, { count, lines, flows: inFlows }]) => ({
      name: engine === '' ? 'Not named' : engine,
      count,
      more: `${formatCount(lines, 'line')} in ${formatCount(inFlows.size, 'flow')}`,
    }))
    .sort((a, b) => b.count - a.count);
}

const FINDINGS: Readonly<Record<string, string>> = {
  assisted: 'Processors with a gap to fill',
  manual: 'Processors without a counterpart',
  deprecated: 'Types that NiFi has deprecated',
  missing_parameter: 'Parameters that the file does not hold',
  missing_service: 'Services that the file does not hold',
  no_input: 'Processors that nothing reaches',
};

function findingsOf(flows: readonly AssessedFlow[]): Counted[] {
  const codes = new Map<string, { count: number; example: string; flows: Set<string> }>();
  for (const flow of flows) {
    for (const { code, message, name } of flow.findings) {
      const known = codes.get(code) ?? { count: 0, example: `${name}: ${message}`, flows: new Set<string>() };
      codes.set(code, { ...known, count: known.count + 1, flows: known.flows.add(flow.source) });
    }
  }
  return [...codes]
    .map(([code, { count, example, flows: inFlows }]) => ({
      name: FINDINGS[code] ?? sentence(code),
      count,
      more: `in ${formatCount(inFlows.size, 'flow')}, such as ${example}`,
    }))
    .sort((a, b) => b.count - a.count);
}

function sentence(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function counted(names: readonly string[]): Counted[] {
  const counts = new Map<string, number>();
  names.forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
  return [...counts]
    .map(([name, count]) => ({ name, count, more: '' }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

function some(names: readonly string[]): string {
  const rest = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
