import assert from 'node:assert/strict';
import path from 'node:path';
import { ESLint } from 'eslint';

const root = path.resolve(__dirname, '..', '..', '..');
const WALL_RULES = [
  'no-restricted-imports',
  'no-restricted-syntax',
  'import-x/no-restricted-paths',
  'import-x/no-default-export',
];

/** The rules that a source text breaks when it stands at that path. */
async function broken(file: string, source: string): Promise<readonly string[]> {
  const eslint = new ESLint({
    cwd: root,
    // The walls need no types, and the file does not exist.
    overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } },
    ruleFilter: ({ ruleId }) => WALL_RULES.includes(ruleId),
  });
  const [result] = await eslint.lintText(source, { filePath: path.join(root, file) });
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

describe('the walls between the folders', function () {
  this.timeout(60_000);

  const refused: readonly [string, string, string, string][] = [
    ['the domain imports vscode', 'src/flows/x.ts', `import { window } from 'vscode';`, 'no-restricted-imports'],
    [
      'a workspace imports vscode',
      'src/workspaces/local/x.ts',
      `import { window } from 'vscode';`,
      'no-restricted-imports',
    ],
    [
      'the domain imports a workspace',
      'src/flows/x.ts',
      `import { D } from '../workspaces/sql/dialect';`,
      'import-x/no-restricted-paths',
    ],
    [
      'a view imports a workspace',
      'src/views/x.ts',
      `import { D } from '../workspaces/sql/dialect';`,
      'import-x/no-restricted-paths',
    ],
    [
      'a workspace imports a view',
      'src/workspaces/local/x.ts',
      `import { f } from '../../views/format';`,
      'import-x/no-restricted-paths',
    ],
    [
      'the domain opens SQLite',
      'src/flows/x.ts',
      `import { DatabaseSync } from 'node:sqlite';`,
      'no-restricted-imports',
    ],
    [
      'a command talks to the network',
      'src/commands/x.ts',
      `import { request } from 'undici';`,
      'no-restricted-imports',
    ],
    ['a view knows a URL', 'src/views/x.ts', `export const u = 'https://example.com';`, 'no-restricted-syntax'],
    [
      'the domain knows an HTTP status',
      'src/flows/x.ts',
      `export const f = (s: number) => s === 404;`,
      'no-restricted-syntax',
    ],
    [
      'a view knows SQL',
      'src/views/x.ts',
      'export const q = (t: string) => `SELECT 1 FROM ${t}`;',
      'no-restricted-syntax',
    ],
    ['a default export', 'src/flows/x.ts', `export default 1;`, 'import-x/no-default-export'],
    [
      'a test sleeps',
      'test/unit/x.ts',
      `export const w = () => new Promise((r) => setTimeout(r, 9));`,
      'no-restricted-syntax',
    ],
  ];
  for (const [what, file, source, rule] of refused) {
    it(`refuse: ${what}`, async () => assert.deepEqual(await broken(file, source), [rule]));
  }

  const allowed: readonly [string, string, string][] = [
    ['a view imports vscode', 'src/views/x.ts', `import { window } from 'vscode';`],
    ['a view imports the domain', 'src/views/x.ts', `import { isActive } from '../flows/model';`],
    ['a workspace writes SQL', 'src/workspaces/sql/x.ts', `export const q = 'SELECT 1 FROM t';`],
    ['Databricks knows its URLs', 'src/workspaces/databricks/x.ts', `export const u = 'https://example.com';`],
  ];
  for (const [what, file, source] of allowed) {
    it(`let pass: ${what}`, async () => assert.deepEqual(await broken(file, source), []));
  }
});
