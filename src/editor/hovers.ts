/** Hover: what a processor becomes, what a property means, what an expression becomes in Spark, what a name refers to. */
import { Hover, l10n, MarkdownString } from 'vscode';
import type { HoverProvider, Position, TextDocument } from 'vscode';
import { partKeys } from '../nifi/converter/analysis';
import type { Analysis, PlacedFinding } from '../nifi/converter/analysis';
import type { DescribedExpression, DescribedProperty, ExpressionFunction } from '../nifi/converter/description';
import type { Target } from '../nifi/document/lookup';
import { holds, shortType } from '../nifi/document/model';
import type { Component, Property, Span } from '../nifi/document/model';
import { sourceSpan } from '../nifi/document/valueOffsets';
import type { LevelTable } from '../nifi/levels';
import { escapeMarkdown } from '../views/format';
import type { Analyses } from './analyses';
import type { FlowDocuments, Picture } from './flowDocuments';
import { rangeOf } from './flowDocuments';
import { levelLabel, levelMeaning, typeLabel } from './words';

const VALUE_LENGTH = 200;
const CODE_LENGTH = 1500;
const ALLOWABLE_SHOWN = 12;
/** Properties in the hover of a processor; its explanation has all of them. */
const PROPERTIES_SHOWN = 10;
const CELL_LENGTH = 80;

interface Shown {
  readonly lines: readonly string[];
  readonly span: Span;
}

export class FlowHovers implements HoverProvider {
  constructor(
    private readonly documents: FlowDocuments,
    private readonly analyses: Analyses,
    private readonly levels: () => Promise<LevelTable>,
  ) {}

  async provideHover(document: TextDocument, position: Position): Promise<Hover | undefined> {
    const picture = await this.documents.picture(document);
    if (picture === null) return undefined;
    const offset = document.offsetAt(position);
    const shown = this.shown(picture, this.analyses.of(document), await this.levels(), offset);
    if (shown === null) return undefined;
    const text = new MarkdownString(shown.lines.join('\n\n'));
    return new Hover(text, rangeOf(document, shown.span));
  }

  private shown(picture: Picture, analysis: Analysis | null, levels: LevelTable, offset: number): Shown | null {
    const component = picture.index.componentAt(offset);
    const mention = picture.index.mentionAt(offset);
    if (component === null) {
      return mention === null ? null : { lines: targetLines(mention.target), span: mention.span };
    }
    const key = partKeys(picture.document).get(component);
    const { type, nameSpan, span } = component;
    const property = component.properties.find((one) => holds(one.span, offset));
    if (property !== undefined) {
      const shown = propertyShown(picture, analysis, component, property, key, offset);
      const called = functionLine(picture.text, property, offset, this.analyses.functions);
      return called === null ? shown : { ...shown, lines: [called, ...shown.lines] };
    }
    const firstLineEnd = picture.text.indexOf('\n', span.start);
    const head = { start: span.start, end: Math.min(span.end, firstLineEnd < 0 ? span.end : firstLineEnd) };
    const here = [nameSpan, type?.span ?? nameSpan].find((one) => holds(one, offset));
    // Of a document on one line the first line is everything: only its tag counts there.
    const onHead = holds(head, offset) && head.end - head.start < 300;
    if (here === undefined && !onHead) return null;
    const lines = componentLines(component, analysis, levels, key);
    return { lines: [...lines, ...propertyTable(component, picture, analysis, key)], span: here ?? head };
  }
}

/** Everything that is known of a processor or service, as paragraphs of Markdown. */
export function componentLines(
  component: Component,
  analysis: Analysis | null,
  levels: LevelTable,
  key: string | undefined,
): string[] {
  const type = component.type?.text ?? '';
  const title = component.name === '' ? shortType(type) : component.name;
  const lines = [`**${escapeMarkdown(title)}** — \`${shortType(type)}\``];
  const described = analysis?.type(analysis.component(key));
  if (component.kind === 'processor') {
    const level = described?.level ?? levels.find(type);
    if (level === null) {
      lines.push(
        `${l10n.t('Level')}: **${levelLabel('manual')}**. ${l10n.t('Not a processor of NiFi: its code has to be read, and becomes a function of your own.')}`,
      );
    } else {
      const planned = level.planned ? ` ${l10n.t('(planned: this version does not convert it yet)')}` : '';
      lines.push(`${l10n.t('Level')}: **${levelLabel(level.level)}**${planned}. ${levelMeaning(level.level)}`);
      lines.push(`${l10n.t('On Databricks')}: ${escapeMarkdown(level.target)}`);
    }
  } else {
    lines.push(l10n.t('A controller service: it is taken into the cells of what uses it.'));
  }
  lines.push(...findingLines(analysis?.findingsOf(key) ?? []));
  if (described !== undefined && described !== null) {
    const unset = described.properties.filter(
      ({ name, required, default: value }) =>
        required && value === null && !component.properties.some((one) => one.name === name && one.value !== null),
    );
    const facts = [
      described.nifi === '' ? '' : l10n.t('NiFi {0}', described.nifi),
      described.relationships.length === 0
        ? ''
        : l10n.t('relationships {0}', described.relationships.map((one) => `\`${one}\``).join(', ')),
      unset.length === 0
        ? ''
        : l10n.t('required and not set: {0}', unset.map((one) => `\`${one.display}\``).join(', ')),
    ].filter((one) => one !== '');
    if (facts.length > 0) lines.push(facts.join(' · '));
  }
  return lines;
}

/** A property that a component sets, beside what NiFi takes where it does not. */
export interface SetProperty {
  readonly name: string;
  /** Null: a secret. */
  readonly value: string | null;
  readonly default: string | null;
}

/** The properties that a component sets, in the document's order; a service goes by its name, as on NiFi's own pages. */
export function setProperties(
  component: Component,
  { index }: Picture,
  analysis: Analysis | null,
  key: string | undefined,
): SetProperty[] {
  const described = analysis?.component(key) ?? null;
  const secrets = new Set(
    (analysis?.findingsOf(key) ?? []).filter(({ code: found }) => found === 'clear_secret').map((one) => one.property),
  );
  return component.properties.flatMap(({ name, value }) => {
    if (value === null || value.text === '') return [];
    const declared = analysis?.property(described, name) ?? null;
    const hidden = declared?.sensitive === true || secrets.has(name);
    const target = index.mentionAt(value.span.start)?.target;
    const shown = target?.kind === 'part' && target.part.name !== '' ? target.part.name : value.text;
    return [{ name: declared?.display ?? name, value: hidden ? null : shown, default: declared?.default ?? null }];
  });
}

/** What is set to something else than NiFi's default, as a table; what is not is counted. */
function propertyTable(
  component: Component,
  picture: Picture,
  analysis: Analysis | null,
  key: string | undefined,
): readonly string[] {
  const all = setProperties(component, picture, analysis, key);
  const own = all.filter((one) => one.value === null || one.value !== one.default);
  const rest = all.length - own.length;
  const more = [
    own.length > PROPERTIES_SHOWN ? l10n.t('{0} more properties', own.length - PROPERTIES_SHOWN) : '',
    rest > 0 ? l10n.t('{0} at NiFi’s default', rest) : '',
  ].filter((text) => text !== '');
  const rows = own
    .slice(0, PROPERTIES_SHOWN)
    .map((one) => `| ${cell(one.name)} | ${valueCell(one)} | ${cell(one.default ?? '', CELL_LENGTH)} |`);
  return [
    ...(rows.length === 0
      ? []
      : [
          [
            // A hover's table has no gaps of its own.
            `| ${l10n.t('Property')}&emsp; | ${l10n.t('Value')}&emsp; | ${l10n.t('NiFi’s default')} |`,
            '| :-- | :-- | :-- |',
            ...rows,
          ].join('\n'),
        ]),
    ...(more.length === 0 ? [] : [more.join(', ')]),
  ];
}

export function valueCell({ value }: SetProperty, length = CELL_LENGTH): string {
  return value === null ? `*${l10n.t('hidden')}*` : cell(value, length);
}

/** Text in a cell of a table: one line, its bars escaped. */
export function cell(text: string, length = VALUE_LENGTH): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const cut = line.length > length ? `${line.slice(0, length - 1)}…` : line;
  return escapeMarkdown(cut).replaceAll('|', '\\|');
}

/** The function under the cursor with what it takes and gives; null where none is called there. */
function functionLine(
  text: string,
  { value }: Property,
  offset: number,
  functions: readonly ExpressionFunction[],
): string | null {
  if (value === null || !holds(value.span, offset)) return null;
  const before = /\w*$/.exec(text.slice(value.span.start, offset))?.[0] ?? '';
  const after = /^\w*(?=\s*\()/.exec(text.slice(offset, value.span.end))?.[0];
  const found = after === undefined ? undefined : functions.find(({ name }) => name === before + after);
  if (found === undefined) return null;
  const takes = found.parameters.map((type, at) => `${typeLabel(type)}${at < found.required ? '' : '?'}`).join(', ');
  const on = found.subject === null ? '' : ` ${l10n.t('on {0}', typeLabel(found.subject))}`;
  return `${code(`${found.name}(${takes}${found.variadic ? ', …' : ''})`)}${on} ${l10n.t('gives {0}', typeLabel(found.result))}`;
}

export function findingLines(findings: readonly PlacedFinding[]): string[] {
  const listed = findings.filter(({ code }) => code !== 'assisted' && code !== 'manual' && code !== 'unknown_type');
  return listed.length === 0 ? [] : [listed.map(({ message }) => `- ${escapeMarkdown(message)}`).join('\n')];
}

function propertyShown(
  picture: Picture,
  analysis: Analysis | null,
  component: Component,
  property: Property,
  key: string | undefined,
  offset: number,
): Shown {
  const described = analysis?.component(key) ?? null;
  const declared = analysis?.property(described, property.name) ?? null;
  const { value } = property;
  const lines: string[] = [];
  let { span } = property;
  if (value !== null && holds(value.span, offset)) {
    span = value.span;
    const mention = picture.index.mentionAt(offset);
    if (mention !== null) {
      lines.push(...targetLines(mention.target));
      ({ span } = mention);
    }
    for (const expression of analysis?.expressions(described, property.name) ?? []) {
      const place = sourceSpan(picture.text, value.span, picture.syntax, expression.start, expression.end);
      if (!holds(place, offset)) continue;
      lines.push(...expressionLines(expression));
      span = place;
    }
  } else if (holds(property.nameSpan, offset)) {
    span = property.nameSpan;
  }
  lines.push(...propertyLines(property, declared, component));
  return { lines, span };
}

function propertyLines(property: Property, declared: DescribedProperty | null, component: Component): string[] {
  if (declared === null) {
    return [
      `**${escapeMarkdown(property.name)}** — ${l10n.t('a property that was added to {0}', shortType(component.type?.text ?? ''))}`,
    ];
  }
  const facts = [
    declared.required ? l10n.t('required') : l10n.t('optional'),
    declared.sensitive ? l10n.t('sensitive') : '',
    declared.default === null ? l10n.t('no default') : `${l10n.t('default')} ${code(declared.default)}`,
    declared.service === '' ? '' : `${l10n.t('names a service')} \`${shortType(declared.service)}\``,
    expressionScope(declared.el),
  ].filter((one) => one !== '');
  const lines = [`**${escapeMarkdown(declared.display)}** — ${facts.join(' · ')}`];
  const shown = declared.allowable.slice(0, ALLOWABLE_SHOWN).map(([value]) => code(value));
  if (shown.length > 0) {
    const more = declared.allowable.length > shown.length ? ', …' : '';
    lines.push(`${l10n.t('One of')} ${shown.join(', ')}${more}`);
  }
  return lines;
}

function expressionScope(scope: string): string {
  if (scope === '') return '';
  return scope === 'FLOWFILE_ATTRIBUTES'
    ? l10n.t('expressions over attributes')
    : l10n.t('expressions over variables or the environment');
}

function expressionLines({ type, spark, udf, reads }: DescribedExpression): string[] {
  const names = reads.length === 0 ? '' : ` · ${l10n.t('reads')} ${reads.map(code).join(', ')}`;
  const lines = [`${l10n.t('Expression')}: ${typeLabel(type)}${names}`];
  if (spark !== null && spark.length <= CODE_LENGTH) {
    lines.push(`\`\`\`python\n${spark.replaceAll('```', '')}\n\`\`\``);
    if (udf) lines.push(l10n.t('Part of it runs as a Python function: Spark has no built-in that means the same.'));
  }
  return lines;
}

function targetLines(target: Target): string[] {
  if (target.kind === 'part') {
    const { part } = target;
    const type = 'type' in part && part.type !== null ? ` — \`${shortType(part.type.text)}\`` : '';
    return [`${l10n.t('Refers to')} **${escapeMarkdown(part.name === '' ? part.id : part.name)}**${type}`];
  }
  const { context, parameter } = target;
  const value = parameter.sensitive
    ? l10n.t('sensitive')
    : parameter.value === null
      ? l10n.t('not set')
      : code(parameter.value.text);
  return [`${l10n.t('Parameter')} **${escapeMarkdown(parameter.name)}** · ${escapeMarkdown(context.name)} · ${value}`];
}

/** A value as inline code, cut where it is long; fences in it cannot end it. */
function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const cut = line.length > VALUE_LENGTH ? `${line.slice(0, VALUE_LENGTH - 1)}…` : line;
  return cut === '' ? l10n.t('(empty)') : `\`\`${cut.includes('`') ? ` ${cut.replaceAll('``', '` `')} ` : cut}\`\``;
}
