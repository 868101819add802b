/** The explanation of a processor or group as a page of Markdown, shown in VS Code's own preview. */
import { commands, EventEmitter, l10n, Uri, workspace } from 'vscode';
import type { TextDocument, TextDocumentContentProvider } from 'vscode';
import type { Disposable } from '../flows/event';
import { partKeys } from '../nifi/converter/analysis';
import type { Analysis } from '../nifi/converter/analysis';
import { groupsAreFlows, shortType } from '../nifi/document/model';
import type { Component, Group, Processor } from '../nifi/document/model';
import { LEVELS } from '../nifi/levels';
import type { LevelTable } from '../nifi/levels';
import { SCHEMES } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import { escapeMarkdown } from '../views/format';
import { countsText } from './codeLenses';
import type { Picture } from './flowDocuments';
import { cell, componentLines, setProperties, valueCell } from './hovers';
import { levelLabel, levelMeaning, typeLabel } from './words';

const PAGES_KEPT = 30;
const VALUE_LENGTH = 300;

export class Explanations implements TextDocumentContentProvider, Disposable {
  private readonly disposables = new DisposableStore();
  private readonly changes = this.disposables.add(new EventEmitter<Uri>());
  private readonly pages = new Map<string, string>();
  readonly onDidChange = this.changes.event;

  constructor() {
    this.disposables.add(workspace.registerTextDocumentContentProvider(SCHEMES.explanation, this));
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.pages.get(uri.toString()) ?? l10n.t('This explanation is gone. Ask for it again in the flow.');
  }

  async show(document: TextDocument, title: string, markdown: string): Promise<void> {
    const name = title
      .replaceAll(/[\\/?#:*"<>|]+/g, ' ')
      .trim()
      .slice(0, 80);
    const uri = Uri.from({
      scheme: SCHEMES.explanation,
      path: `/${name === '' ? 'flow' : name}.md`,
      query: document.uri.toString(),
    });
    this.pages.set(uri.toString(), markdown);
    for (const key of [...this.pages.keys()].slice(0, -PAGES_KEPT)) this.pages.delete(key);
    this.changes.fire(uri);
    await commands.executeCommand('markdown.showPreviewToSide', uri);
  }

  dispose(): void {
    this.disposables.dispose();
  }
}

export function explainedComponent(
  picture: Picture,
  component: Component,
  analysis: Analysis | null,
  levels: LevelTable,
): string {
  const key = partKeys(picture.document).get(component);
  const title = component.name === '' ? shortType(component.type?.text ?? '') : component.name;
  const lines = [`# ${escapeMarkdown(title)}`, ...componentLines(component, analysis, levels, key)];
  const described = analysis?.component(key) ?? null;
  const rows = setProperties(component, picture, analysis, key).map((one) => {
    const same = one.value !== null && one.default === one.value;
    const standard = same ? l10n.t('the default') : cell(one.default ?? '', VALUE_LENGTH);
    return `| ${cell(one.name)} | ${valueCell(one, VALUE_LENGTH)} | ${standard} |`;
  });
  if (rows.length > 0) {
    lines.push(
      `## ${l10n.t('Properties')}`,
      [`| ${l10n.t('Property')} | ${l10n.t('Value')} | ${l10n.t('Default')} |`, '| --- | --- | --- |', ...rows].join(
        '\n',
      ),
    );
  }
  const expressions = described?.expressions.filter((one) => one.spark !== null) ?? [];
  if (expressions.length > 0) {
    lines.push(`## ${l10n.t('Expressions in Spark')}`);
    for (const { property, type, spark } of expressions) {
      lines.push(
        `${escapeMarkdown(property)} (${typeLabel(type)})`,
        `\`\`\`python\n${(spark ?? '').replaceAll('```', '')}\n\`\`\``,
      );
    }
  }
  return `${lines.join('\n\n')}\n`;
}

export function explainedGroup(picture: Picture, group: Group, analysis: Analysis | null, levels: LevelTable): string {
  const { document, index } = picture;
  const rootOfInstance = group.depth === 0 && groupsAreFlows(document);
  const processors = rootOfInstance
    ? document.processors.filter((one) => document.groups[one.group] === group)
    : index.processorsUnder(group);
  const lines = [`# ${escapeMarkdown(group.name)}`, escapeMarkdown(countsText(processors, levels))];
  for (const level of [...LEVELS].reverse()) {
    const those = processors.filter(({ type }) => levels.levelOf(type?.text ?? '') === level);
    if (those.length === 0 || level === 'converted') continue;
    lines.push(`## ${levelLabel(level)} (${those.length})`, levelMeaning(level));
    lines.push(['| | | |', '| --- | --- | --- |', ...those.map((one) => processorRow(one, levels))].join('\n'));
  }
  const keys = partKeys(document);
  const findings = processors.flatMap((one) =>
    (analysis?.findingsOf(keys.get(one)) ?? [])
      .filter(({ code }) => code !== 'assisted' && code !== 'manual')
      .map(({ message }) => `- ${escapeMarkdown(one.name)}: ${escapeMarkdown(message)}`),
  );
  if (findings.length > 0) lines.push(`## ${l10n.t('Look at this')}`, findings.join('\n'));
  return `${lines.join('\n\n')}\n`;
}

function processorRow({ name, type }: Processor, levels: LevelTable): string {
  const text = type?.text ?? '';
  const target = levels.find(text)?.target ?? l10n.t('Not a processor of NiFi: its code has to be read');
  return `| ${cell(name)} | ${cell(shortType(text))} | ${cell(target, VALUE_LENGTH)} |`;
}
