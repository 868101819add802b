/**
 * Runs an extension test suite as VS Code's executable would, but in the VS Code server with a headless browser as its
 * window. The suite decides over the exit code and writes its own report (`TEST_REPORT`).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { launchBrowser } from './chromium';
import { CONSOLE_MARK } from './consoleMark';
import { startServer } from './server';

const TIMEOUT_MS = Number(process.env['HOST_TEST_TIMEOUT_MS'] ?? 10 * 60_000);

/** @returns the suite's exit code */
export async function launch(args: readonly string[]): Promise<number> {
  const values = (name: string): string[] =>
    args.filter((arg) => arg.startsWith(`--${name}=`)).map((arg) => arg.slice(name.length + 3));
  const userData = values('user-data-dir')[0];
  const settings = userData === undefined ? {} : readSettings(path.join(userData, 'User', 'settings.json'));
  const others: string[] = [];
  const [server, browser] = await Promise.all([
    startServer({ settings, testDriver: true, workspaceTrust: args.includes('--enable-workspace-trust') }),
    launchBrowser(),
  ]);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    // The workbench calls these two where they exist, which is how VS Code's own browser tests end.
    const ended = new Promise<number>((resolve, reject) => {
      page.on('crash', () => reject(new Error('the page crashed')));
      setTimeout(() => reject(new Error(`no result within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS).unref();
      void page.exposeFunction('codeAutomationExit', resolve);
    });
    await page.exposeFunction('codeAutomationLog', (level: string, parts: unknown[]) => {
      const [first, ...rest] = parts;
      if (typeof first === 'string' && first.startsWith(CONSOLE_MARK)) {
        console.log(first.slice(CONSOLE_MARK.length), ...rest);
      } else {
        others.push(
          `${level} ${parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ')}`,
        );
      }
    });
    const target = {
      open: args.find((arg) => !arg.startsWith('-')),
      extensionDevelopmentPath: values('extensionDevelopmentPath'),
      extensionTestsPath: values('extensionTestsPath')[0],
    };
    await page.goto(server.url(target), { waitUntil: 'commit' });
    const code = await ended;
    if (code !== 0)
      printLogs(
        others.filter((line) => /^(error|warn)/.test(line)),
        server.log(),
      );
    return code;
  } catch (error) {
    printLogs(others.slice(-40), server.log());
    console.error(error);
    return 1;
  } finally {
    await browser.close();
    await server.stop();
  }
}

function readSettings(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

function printLogs(workbench: readonly string[], server: string): void {
  console.error(`--- workbench ---\n${workbench.join('\n')}\n--- server (end) ---\n${server.slice(-2000)}`);
}
