/**
 * A page by itself in a plain browser, under the policy and with the colours that VS Code gives it: fast enough to try
 * every state in every theme. What it says to its host is kept; what the host says is posted by the test.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { repositoryRoot } from './hostPackage';
import type { AxeViolation } from './vscode/workbench';

export const THEMES = ['dark', 'light', 'high-contrast-dark', 'high-contrast-light'] as const;
export type Theme = (typeof THEMES)[number];

const ORIGIN = 'http://page.test';

/** What the page's host, as the page sees it, keeps on the window. */
const HOST_SCRIPT = `
  globalThis.__name = (value) => value;
  globalThis.said = [];
  globalThis.saved = SAVED;
  globalThis.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
  globalThis.acquireVsCodeApi = () => ({
    getState: () => saved,
    setState: (state) => { saved = state; },
    postMessage: (message) => { said.push(message); },
  });`;

const bundles = new Map<string, Promise<ReadonlyMap<string, Uint8Array>>>();

/** A page's files, built as for shipping. */
function files(name: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const known = bundles.get(name);
  if (known !== undefined) return known;
  const bundle = build({
    absWorkingDir: repositoryRoot,
    entryPoints: [`webview/${name}.ts`],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'chrome128',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
    outdir: 'page',
    logLevel: 'error',
  }).then(({ outputFiles }) => new Map(outputFiles.map((file) => [`/${path.basename(file.path)}`, file.contents])));
  bundles.set(name, bundle);
  return bundle;
}

interface ThemeFile {
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface PageOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly reduceMotion?: boolean;
  /** What the page kept before a reload. */
  readonly saved?: unknown;
}

export class PageDriver<HostMessage, PageMessage extends { readonly type: string }> {
  constructor(readonly page: Page) {}

  /** @param name of the page's bundle */
  static async load(browser: Browser, name: string, options: PageOptions = {}): Promise<Page> {
    const { theme = 'dark', width = 1000, height = 900, reduceMotion = true, saved } = options;
    const colours = JSON.parse(
      readFileSync(path.join(repositoryRoot, 'test/fixtures/themes', `${theme}.json`), 'utf8'),
    ) as ThemeFile;
    const page = await browser.newPage({ viewport: { width, height } });
    const served = await files(name);
    const styles = Object.entries(colours.variables).map(([name, value]) => `${name}: ${value};`);
    const bodyClass = `${colours.bodyClass}${reduceMotion ? ' vscode-reduce-motion' : ''}`;
    await page.route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      const body = served.get(pathname);
      if (pathname === '/') await route.fulfill({ contentType: 'text/html', body: shell(name, bodyClass) });
      else if (pathname === '/theme.css')
        await route.fulfill({ contentType: 'text/css', body: `:root { ${styles.join(' ')} }` });
      else if (body === undefined) await route.fulfill({ status: 404 });
      else await route.fulfill({ contentType: contentType(pathname), body: Buffer.from(body) });
    });
    await page.addInitScript({
      content: HOST_SCRIPT.replace('SAVED', saved === undefined ? 'undefined' : JSON.stringify(saved)),
    });
    await page.goto(`${ORIGIN}/`);
    return page;
  }

  async post(message: HostMessage): Promise<void> {
    await this.page.evaluate(`dispatchEvent(new MessageEvent('message', { data: ${JSON.stringify(message)} }))`);
  }

  /** What the page has said to its host so far. */
  async said(): Promise<readonly PageMessage[]> {
    return this.page.evaluate<readonly PageMessage[]>('said');
  }

  /** What the page keeps over a reload. */
  async saved(): Promise<unknown> {
    return this.page.evaluate<unknown>('saved');
  }

  /** Directives of the page's policy that were violated. */
  async policyViolations(): Promise<readonly string[]> {
    return this.page.evaluate<readonly string[]>('violations');
  }

  async axe(): Promise<readonly AxeViolation[]> {
    const source = createRequire(__filename).resolve('axe-core/axe.min.js');
    await this.page.evaluate(`globalThis.axe ? 0 : eval(${JSON.stringify(readFileSync(source, 'utf8'))})`);
    return this.page.evaluate<readonly AxeViolation[]>(
      `axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations.map((one) => (
        { id: one.id, impact: one.impact, nodes: one.nodes.map((node) => node.target.join(' ')) })))`,
    );
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}

function shell(name: string, bodyClass: string): string {
  const policy = `default-src 'none'; script-src 'nonce-1'; style-src ${ORIGIN} 'nonce-1'; font-src ${ORIGIN}`;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Page</title>
    <meta http-equiv="Content-Security-Policy" content="${policy}"><meta property="csp-nonce" content="1">
    <link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/${name}.css"></head>
    <body class="${bodyClass}"><script nonce="1" src="/${name}.js"></script></body></html>`;
}

function contentType(pathname: string): string {
  const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
  return types[path.extname(pathname)] ?? 'application/octet-stream';
}
