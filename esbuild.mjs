/**
 * Builds what the extension ships into `dist/`.
 *
 *   node esbuild.mjs            minified, with the size budgets printed and enforced
 *   node esbuild.mjs --watch    with source maps, again after every change
 *   node esbuild.mjs --headless also the program behind `npm start -- --headless`, which is not shipped
 *
 * The activation bundle holds only what activation needs. What is needed later is a bundle of its own, required when it
 * is first used: code writes `import('./its/source')` and the plugin below points that at the bundle.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, 'dist');
const watch = process.argv.includes('--watch');
const headless = process.argv.includes('--headless');

/** Kilobytes of 1000 bytes, minified. */
const BUDGETS_KB = {
  'extension.js': 150,
  'webview/historyPanel.js': 250,
  'webview/compare.js': 250,
  'webview/failures.js': 250,
  'webview/assessment.js': 250,
};

/** Native parts of @databricks/sql that it goes without: compression of answers, another protocol. */
const NATIVE = ['lz4', 'lz4-napi', '@databricks/databricks-sql-kernel-*', 'utf-8-validate', 'bufferutil'];

/** What an unbundled `require` finds in the VSIX or in VS Code. VS Code adds proxy and certificates to undici only so. */
const EXTERNAL = ['vscode', 'undici', ...NATIVE];

/** Entries by output file; a source that does not exist (yet) is left out. */
const NODE_ENTRIES = {
  extension: 'src/extension.ts',
  session: 'src/platform/sessionServices.ts',
  pages: 'src/commands/pages.ts',
  tools: 'src/commands/languageModelTools.ts',
  databricksActions: 'src/commands/databricks/actions.ts',
  editor: 'src/editor/features.ts',
  'nifi/parserWorker': 'src/nifi/document/worker.ts',
  'workspaces/local': 'src/workspaces/local/index.ts',
  'workspaces/sqliteWorker': 'src/workspaces/local/sqlite/worker.ts',
  'workspaces/databricks': 'src/workspaces/databricks/index.ts',
};

/**
 * An `import()` of an entry's source becomes a `require` of its bundle, so that it is loaded when it is first used.
 * Paths are as seen from `dist/`, where the bundles stand that do so.
 * @type {import('esbuild').Plugin}
 */
const lazyBundles = {
  name: 'lazy-bundles',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\// }, ({ kind, path: imported, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const source = `${path.relative(root, path.join(resolveDir, imported)).replaceAll(path.sep, '/')}.ts`;
      const bundle = Object.keys(NODE_ENTRIES).find((name) => NODE_ENTRIES[name] === source);
      return bundle === undefined ? undefined : { path: `./${bundle}.js`, external: true };
    });
  },
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: !watch,
  sourcemap: watch ? 'linked' : false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

/** @type {import('esbuild').BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  external: EXTERNAL,
  // A bundle is loaded with require: VS Code's module hooks (vscode, undici) do not reach import().
  supported: { 'dynamic-import': false },
  // Its main entry finds its own files in a way that no bundler sees.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Typed errors are told apart by their name, also between bundles.
  keepNames: false,
};

/** Stands beside the product's bundles to require the same files. */
const HEADLESS_ENTRY = headless ? { headless: 'test/support/headless.ts' } : {};
const PAGE_ENTRIES = {
  historyPanel: 'webview/historyPanel.ts',
  compare: 'webview/compare.ts',
  failures: 'webview/failures.ts',
  assessment: 'webview/assessment.ts',
};

function present(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([, source]) => existsSync(path.join(root, source))));
}

/** @returns {import('esbuild').BuildOptions[]} */
function configurations() {
  return [
    { ...node, entryPoints: present(NODE_ENTRIES), outdir: 'dist', plugins: [lazyBundles] },
    { ...node, entryPoints: present(HEADLESS_ENTRY), outdir: 'dist', plugins: [lazyBundles], sourcemap: 'inline' },
    {
      ...common,
      platform: 'browser',
      format: 'iife',
      target: ['chrome128'],
      entryPoints: present(PAGE_ENTRIES),
      outdir: 'dist/webview',
      loader: { '.ttf': 'file', '.woff2': 'file' },
      assetNames: '[name]',
    },
  ].filter((options) => Object.keys(options.entryPoints).length > 0);
}

/** The Python half of a local run travels beside the bundle that starts it. */
function copyAssets() {
  const python = path.join(root, 'src/workspaces/local/python');
  if (!existsSync(python)) return;
  const target = path.join(dist, 'workspaces/python');
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(python).filter((file) => file.endsWith('.py'))) {
    copyFileSync(path.join(python, name), path.join(target, name));
  }
}

function reportBudgets() {
  let over = false;
  for (const [file, budget] of Object.entries(BUDGETS_KB)) {
    const full = path.join(dist, file);
    if (!existsSync(full)) continue;
    const size = statSync(full).size / 1000;
    over ||= size > budget;
    console.log(
      `${file.padEnd(26)} ${size.toFixed(1).padStart(7)} KB of ${budget} KB${size > budget ? '  TOO BIG' : ''}`,
    );
  }
  if (over) process.exitCode = 1;
}

if (watch) {
  const contexts = await Promise.all(configurations().map((options) => context({ ...options, logLevel: 'info' })));
  copyAssets();
  await Promise.all(contexts.map((one) => one.watch()));
} else {
  rmSync(dist, { recursive: true, force: true });
  await Promise.all(configurations().map((options) => build(options)));
  copyAssets();
  reportBudgets();
}
