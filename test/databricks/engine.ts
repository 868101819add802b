/** One engine for all test files of this tier, whatever process they run in: starting Spark is what costs. */
import { missingForEngine } from '../support/fakeWorkspace/install';
import { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { startEngine, type Engine } from '../support/fakeWorkspace/engine';
import { connectEngine, ENGINE_ADDRESS } from '../support/fakeWorkspace/sharedEngine';

const address = process.env[ENGINE_ADDRESS];
let engine: Promise<Engine> | null = null;

/**
 * The tier's engine; where a file is run by itself, one that is started with the first call and stopped when mocha ends.
 * Skips the suite where Java is missing.
 */
export async function sharedEngine(context: Mocha.Context): Promise<Engine> {
  const missing = await missingForEngine();
  if (missing !== null) {
    console.log(`Skipped: ${missing}`);
    context.skip();
  }
  context.timeout(180_000);
  engine ??= address === undefined ? startEngine() : connectEngine(address);
  return engine;
}

/** A fake workspace of its own over the shared engine. */
export async function fakeOver(
  context: Mocha.Context,
  options: Parameters<typeof FakeWorkspace.start>[0] = {},
): Promise<FakeWorkspace> {
  return FakeWorkspace.start({ ...options, engine: await sharedEngine(context) });
}

after(async function () {
  this.timeout(30_000);
  // The tier's own stays for the next file that this process is given.
  if (address === undefined) await (await engine)?.stop();
});

/**
 * Whether the tests run that take more than the tier's budget (a Delta statement takes a second where SQLite takes
 * microseconds): TEST_ALL=1.
 */
export const WITH_ALL = process.env['TEST_ALL'] !== undefined;

export function onlyWithAll(context: Mocha.Context): void {
  if (!WITH_ALL) context.skip();
}
