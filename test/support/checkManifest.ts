/**
 * Compares the manifest with `src/platform/contributions.ts` in both directions: what the code names is declared, what is
 * declared is named, and every text, icon, context key and row trait that the manifest mentions exists.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  COMMANDS,
  CONTEXT_KEYS,
  FLOWS_VIEW_STATES,
  ROW_TRAITS,
  SETTINGS,
  SETTINGS_SECTION,
  TOOLS,
  VIEW_CONTAINERS,
  VIEWS,
  WALKTHROUGH,
  WEBVIEWS,
} from '../../src/platform/contributions';
import { repositoryRoot } from './hostPackage';

/** The parts of package.json that are looked at. */
interface Manifest {
  readonly capabilities?: { readonly untrustedWorkspaces?: { readonly restrictedConfigurations?: readonly string[] } };
  readonly contributes: {
    readonly commands?: readonly { readonly command: string; readonly category?: string }[];
    readonly configuration?: Configuration | readonly Configuration[];
    readonly views?: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers?: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly languageModelTools?: readonly { readonly name: string }[];
    readonly walkthroughs?: readonly { readonly id: string }[];
  };
}
interface Configuration {
  readonly properties: Readonly<Record<string, unknown>>;
}

const read = (file: string): string => readFileSync(path.join(repositoryRoot, file), 'utf8');
const problems: string[] = [];

/** Both lists hold the same ids, each once. */
function same(what: string, inCode: readonly string[], inManifest: readonly string[]): void {
  for (const id of inCode)
    if (!inManifest.includes(id)) problems.push(`${what} ${id}: in the code, not in package.json`);
  for (const id of inManifest)
    if (!inCode.includes(id)) problems.push(`${what} ${id}: in package.json, not in the code`);
  for (const id of inManifest.filter((one, at) => inManifest.indexOf(one) !== at))
    problems.push(`${what} ${id}: twice`);
}

/** Every text of a JSON value with the key that holds it. */
function* texts(value: unknown, key = ''): Generator<{ readonly key: string; readonly text: string }> {
  if (typeof value === 'string') yield { key, text: value };
  else if (Array.isArray(value)) for (const one of value) yield* texts(one, key);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) yield* texts(one, name);
  }
}

function checkIds(manifest: Manifest): void {
  const { contributes } = manifest;
  const commands = contributes.commands ?? [];
  same(
    'command',
    Object.values(COMMANDS),
    commands.map((one) => one.command),
  );
  for (const { command, category } of commands)
    if (category === undefined) problems.push(`command ${command}: no category`);
  const configurations = contributes.configuration === undefined ? [] : [contributes.configuration].flat();
  const settings = SETTINGS.map((name) => `${SETTINGS_SECTION}.${name}`);
  same(
    'setting',
    settings,
    configurations.flatMap((one) => Object.keys(one.properties)),
  );
  same(
    'view',
    Object.values(VIEWS),
    Object.values(contributes.views ?? {})
      .flat()
      .map((one) => one.id),
  );
  const containers = Object.values(contributes.viewsContainers ?? {}).flat();
  same(
    'view container',
    Object.values(VIEW_CONTAINERS),
    containers.map((one) => one.id),
  );
  same(
    'tool',
    Object.values(TOOLS),
    (contributes.languageModelTools ?? []).map((one) => one.name),
  );
  same(
    'walkthrough',
    [WALKTHROUGH],
    (contributes.walkthroughs ?? []).map((one) => one.id),
  );
  for (const setting of manifest.capabilities?.untrustedWorkspaces?.restrictedConfigurations ?? []) {
    if (!settings.includes(setting)) problems.push(`restricted setting ${setting}: not declared`);
  }
}

/** `when` and `enablement` clauses, and the commands that menus, keys and links name. */
function checkReferences(manifest: Manifest, nls: Readonly<Record<string, string>>): void {
  const commandIds: readonly string[] = Object.values(COMMANDS);
  const contextKeys: readonly string[] = Object.values(CONTEXT_KEYS);
  const viewIds: readonly string[] = [...Object.values(VIEWS), ...Object.values(WEBVIEWS)];
  const clauses: string[] = [];
  for (const { key, text } of texts(manifest.contributes)) {
    if (key === 'when' || key === 'enablement') clauses.push(text);
    if (key === 'command' && !commandIds.includes(text) && text.startsWith(SETTINGS_SECTION)) {
      problems.push(`a menu or key names ${text}, which is no command`);
    }
    if (/^\.?\/?media\/|\.svg$/.test(text) && !existsSync(path.join(repositoryRoot, text))) {
      problems.push(`${text}: no such file`);
    }
  }
  for (const { text } of texts({ manifest: manifest.contributes, nls })) {
    for (const [, id = ''] of text.matchAll(/(?:command:|onCommand:)([\w.]+)/g)) {
      // VS Code itself adds a focus command to each view.
      const focuses = viewIds.some((view) => id === `${view}.focus`);
      if (id.startsWith(`${SETTINGS_SECTION}.`) && !focuses && !commandIds.includes(id))
        problems.push(`a link names ${id}, which is no command`);
    }
  }
  const used = new Set<string>();
  for (const clause of clauses) checkClause(clause, { contextKeys, viewIds, used });
  for (const id of contextKeys) if (!used.has(id)) problems.push(`context key ${id}: no clause reads it`);
}

interface Known {
  readonly contextKeys: readonly string[];
  readonly viewIds: readonly string[];
  readonly used: Set<string>;
}

function checkClause(clause: string, { contextKeys, viewIds, used }: Known): void {
  const settings: readonly string[] = SETTINGS;
  for (const [id] of clause.matchAll(/(?:config\.)?nifiAccelerator(?:\.\w+)+/g)) {
    if (id.startsWith('config.')) {
      const name = id.slice(`config.${SETTINGS_SECTION}.`.length);
      if (!settings.includes(name)) problems.push(`"${clause}" reads ${id}, which is no setting`);
    } else if (contextKeys.includes(id)) used.add(id);
    else if (!viewIds.includes(id)) problems.push(`"${clause}" reads ${id}, which is no context key or view`);
  }
  const states: readonly string[] = FLOWS_VIEW_STATES;
  for (const [, state = ''] of clause.matchAll(/nifiAccelerator\.state\s*[!=]=\s*'?(\w+)/g)) {
    if (!states.includes(state)) problems.push(`"${clause}" knows a state ${state}, which does not exist`);
  }
  const traits: readonly string[] = ROW_TRAITS;
  for (const [, pattern = ''] of clause.matchAll(/viewItem\s*=~\s*\/((?:[^/\\]|\\.)*)\//g)) {
    for (const [word] of pattern.replace(/\\[a-zA-Z]/g, ' ').matchAll(/[A-Za-z]+/g)) {
      if (!traits.includes(word)) problems.push(`"${clause}" matches rows by ${word}, which no row carries`);
    }
  }
}

/** Manifest strings: each placeholder has its text and each text its place. */
function checkTexts(manifest: Manifest, nls: Readonly<Record<string, string>>): void {
  const placeholders = new Set(
    [...texts(manifest)].map(({ text }) => /^%([^%]+)%$/.exec(text)?.[1]).filter((key) => key !== undefined),
  );
  for (const key of placeholders) if (!(key in nls)) problems.push(`%${key}%: not in package.nls.json`);
  for (const key of Object.keys(nls))
    if (!placeholders.has(key)) problems.push(`package.nls.json has ${key}, which nothing shows`);
}

/** Ids stand in contributions.ts alone, and the code uses each command that it declares. */
function checkSources(): void {
  const sources = readdirSync(path.join(repositoryRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && path.basename(name) !== 'contributions.ts')
    .map((name) => ({ name, text: read(path.join('src', name)) }));
  for (const { name, text } of sources) {
    for (const [id] of text.matchAll(/['"`]nifiAccelerator\.[\w.]+['"`]/g))
      problems.push(`src/${name} writes ${id} out`);
  }
  for (const command of Object.keys(COMMANDS)) {
    const pattern = new RegExp(`COMMANDS\\.${command}\\b|['"]${command}['"]|\\b${command}\\s*:`);
    if (!sources.some(({ text }) => pattern.test(text))) problems.push(`command ${command}: no code uses it`);
  }
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const nls = existsSync(path.join(repositoryRoot, 'package.nls.json'))
  ? (JSON.parse(read('package.nls.json')) as Record<string, string>)
  : {};
checkIds(manifest);
checkReferences(manifest, nls);
checkTexts(manifest, nls);
checkSources();
for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? 'Manifest and code agree.' : `${problems.length} differences between manifest and code.`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
