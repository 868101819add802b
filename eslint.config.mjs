/** Lint with types. The walls between the folders are rules here, so that nobody has to remember them. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

const root = path.dirname(fileURLToPath(import.meta.url));

/** Folders of `src` and which of them each may not import. */
const WALLS = [
  // The domain and the NiFi reader know nobody.
  ...['flows', 'nifi'].flatMap((target) =>
    ['workspaces', 'platform', 'views', 'editor', 'commands'].map((from) => ({ target, from })),
  ),
  { target: 'flows', from: 'nifi' },
  // Workspaces implement the domain's interfaces and know nothing of VS Code's side.
  ...['platform', 'views', 'editor', 'commands'].map((from) => ({ target: 'workspaces', from })),
  // What a person sees talks to the domain, never to a workspace behind its back.
  ...['views', 'editor', 'commands', 'platform'].map((target) => ({ target, from: 'workspaces' })),
  // Adapters are used, they do not use.
  ...['views', 'editor', 'commands'].map((from) => ({ target: 'platform', from })),
];

const MESSAGES = {
  vscode: 'Only platform/, views/, editor/, commands/ and extension.ts import vscode.',
  network: 'Only workspaces/databricks talks to the network.',
  sqlite: 'Only workspaces/local/sqlite opens SQLite.',
};
const NO_VSCODE = { name: 'vscode', message: MESSAGES.vscode };
const NO_NETWORK = ['undici', '@databricks/sql', 'node:http', 'node:https', 'node:http2'].map((name) => ({
  name,
  message: MESSAGES.network,
}));
const NO_SQLITE = { name: 'node:sqlite', message: MESSAGES.sqlite };

const NO_URL = {
  selector: 'Literal[value=/^https?:\\u002F\\u002F/], TemplateElement[value.raw=/https?:\\u002F\\u002F/]',
  message: 'Only workspaces/databricks knows a URL.',
};
const NO_HTTP_STATUS = {
  selector:
    'BinaryExpression > Literal[raw=/^(401|403|404|409|429|503)$/], SwitchCase > Literal[raw=/^(401|403|404|409|429|503)$/]',
  message: 'Only workspaces/databricks knows an HTTP status.',
};
const SQL_TEXT =
  '/^\\s*(SELECT\\s|INSERT\\s+INTO|UPDATE\\s+\\S+\\s+SET|DELETE\\s+FROM|MERGE\\s+INTO|CREATE\\s+TABLE|PRAGMA\\s)/';
const NO_SQL = {
  selector: `Literal[value=${SQL_TEXT}], TemplateElement[value.raw=${SQL_TEXT}]`,
  message: 'Only workspaces/* knows SQL.',
};
const NO_SLEEP = {
  selector: 'NewExpression[callee.name="Promise"] CallExpression[callee.name="setTimeout"]',
  message: 'A test waits for a condition (test/support/until.ts), never for the clock.',
};

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'dist/',
      'out/',
      '.venv/',
      '.venv35/',
      'test/support/host/',
      'test/fixtures/',
      'test/bench/empty-extension/',
      'test/support/vscode/caller/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: path.join(root, 'tsconfig.json') })],
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Classes that only implement an interface, and async methods that its callers await, are no mistakes.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/require-await': 'off',
      // `process.env['X']` is what noPropertyAccessFromIndexSignature asks for.
      '@typescript-eslint/dot-notation': 'off',
      // `void call()` says that a result is not wanted, whatever its type.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      'import-x/no-default-export': 'error',
      'import-x/no-duplicates': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: WALLS.map(({ target, from }) => ({
            target: path.join(root, 'src', target),
            from: path.join(root, 'src', from),
            message: `src/${target} may not import src/${from}.`,
          })),
        },
      ],
      'no-restricted-imports': ['error', { paths: [NO_VSCODE, ...NO_NETWORK, NO_SQLITE] }],
      'no-restricted-syntax': ['error', NO_URL, NO_HTTP_STATUS, NO_SQL],
    },
  },
  {
    files: ['src/extension.ts', 'src/{platform,views,editor,commands}/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [...NO_NETWORK, NO_SQLITE] }] },
  },
  {
    files: ['src/workspaces/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_URL, NO_HTTP_STATUS] },
  },
  {
    files: ['src/workspaces/local/sqlite/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [NO_VSCODE, ...NO_NETWORK] }] },
  },
  {
    files: ['src/workspaces/databricks/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: [NO_VSCODE, NO_SQLITE] }],
      'no-restricted-syntax': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // mocha's functions take async callbacks; asserts narrow by themselves.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      'no-restricted-syntax': ['error', NO_SLEEP],
    },
  },
  {
    files: ['test/support/**/*.ts', 'test/bench/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    files: ['**/*.{mjs,cjs,js}'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
  },
);
