/** `npm run chaos`: runs `chaos/run.ts` on a Node that can open SQLite. */
import path from 'node:path';
import { preparedPython } from './pythonTier';
import { run } from './run';
import { sqliteNode } from './sqliteNode';

const TIMEOUT_MS = 4 * 60 * 60_000;

async function main(args: readonly string[]): Promise<number> {
  preparedPython();
  const program = path.join(__dirname, 'chaos', 'run.ts');
  return (await run(await sqliteNode(), ['--import', 'tsx', program, ...args], { timeoutMs: TIMEOUT_MS })) ?? 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
