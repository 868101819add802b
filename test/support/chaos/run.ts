/**
 * `npm run chaos [-- STARTS …]`: chaos with 40 and with 200 starts on Databricks (or as many as said), and with 100 on this
 * computer. Prints the counts; SEED chooses another course of events.
 */
import { chaos, lineOf } from './chaos';
import { databricksPlace } from './databricksPlace';
import { localPlace } from './localPlace';
import { startEngine } from '../fakeWorkspace/engine';
import { FakeWorkspace } from '../fakeWorkspace/fakeWorkspace';
import { missingForEngine } from '../fakeWorkspace/install';

const SEED = Number(process.env['SEED'] ?? 7);
const STARTS = [40, 200];
const LOCAL_STARTS = 100;
/** A Delta statement takes about a second here, and a run three of them. */
const WINDOW_MS = 45 * 60_000;

async function onDatabricks(all: readonly number[]): Promise<void> {
  const missing = await missingForEngine();
  if (missing !== null) {
    console.log(`Databricks is left out: ${missing}`);
    return;
  }
  const engine = await startEngine();
  try {
    for (const starts of all) {
      const fake = await FakeWorkspace.start({ engine, seed: SEED });
      const place = await databricksPlace(fake, `chaos_${starts}`, starts);
      const begun = Date.now();
      const counts = await chaos(place, { seed: SEED, kills: 5, batch: Math.ceil(starts / 4), windowMs: WINDOW_MS });
      console.log(`Databricks: ${lineOf(counts)}, ${Math.round((Date.now() - begun) / 1000)} s`);
      place.dispose();
      await fake.stop();
    }
  } finally {
    await engine.stop();
  }
}

async function here(): Promise<void> {
  const place = await localPlace(LOCAL_STARTS, SEED);
  const begun = Date.now();
  try {
    const counts = await chaos(place, { seed: SEED, kills: 5, batch: LOCAL_STARTS / 5, windowMs: WINDOW_MS });
    console.log(`This computer: ${lineOf(counts)}, ${Math.round((Date.now() - begun) / 1000)} s`);
  } finally {
    await place.dispose();
  }
}

async function main(asked: readonly string[]): Promise<void> {
  await here();
  await onDatabricks(asked.length === 0 ? STARTS : asked.map(Number));
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
