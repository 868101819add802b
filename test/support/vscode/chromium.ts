/**
 * A headless Chromium from npm (@sparticuz/chromium packs the browser, its libraries and a font), so that tests need
 * neither apt nor a download from elsewhere. `CHROMIUM_PATH` names another one.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, LaunchOptions } from 'playwright-core';
import { ensureHostPackage, hostModules } from '../hostPackage';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Tests reach this machine and nothing else.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** Archives of the package that a page needs: browser, shared libraries, font, software rendering. */
const ARCHIVES = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'];

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...(await browserProgram()), args: ARGUMENTS });
}

async function browserProgram(): Promise<LaunchOptions> {
  const own = process.env['CHROMIUM_PATH'];
  if (own !== undefined) return { executablePath: own };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    // The npm package holds x64 Linux only: elsewhere use the browser that is installed.
    return { channel: process.platform === 'win32' ? 'msedge' : 'chrome' };
  }
  await ensureHostPackage();
  const folder = unpacked();
  return {
    executablePath: path.join(folder, 'chromium'),
    env: {
      ...definedEnvironment(),
      LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: path.join(folder, 'fonts.conf'),
    },
  };
}

/** Unpacks once; a second process that does so at the same time loses the rename and takes the first one's. */
function unpacked(): string {
  const packageFolder = path.join(hostModules, '@sparticuz', 'chromium');
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const target = path.join(hostModules, '.cache', `chromium-${version}`);
  if (existsSync(target)) return target;
  const fresh = `${target}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  // The package unpacks into the temporary folder of its process, hence one of its own.
  const script = [
    `import { inflate } from ${JSON.stringify(pathToFileURL(path.join(packageFolder, 'build', 'index.js')).href)};`,
    `for (const file of ${JSON.stringify(ARCHIVES.map((name) => path.join(packageFolder, 'bin', name)))}) await inflate(file);`,
  ].join('\n');
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, TMPDIR: fresh },
    stdio: 'inherit',
  });
  // Only the packed font, so that a screenshot looks the same on every machine.
  writeFileSync(
    path.join(fresh, 'fonts.conf'),
    `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n  <dir>${target}/fonts/fonts</dir>\n` +
      `  <cachedir>${target}/fontcache</cachedir>\n</fontconfig>\n`,
  );
  try {
    renameSync(fresh, target);
  } catch {
    rmSync(fresh, { recursive: true, force: true });
  }
  return target;
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
