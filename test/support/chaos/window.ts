/**
 * A window as a process of its own: the extension's services over a workspace, with a person who starts conversions, looks
 * on until all have ended and tries again whatever failed. It tells its steps on standard output and can be killed at any.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { AcceleratorError } from '../../../src/flows/errors';
import type { Workspace } from '../../../src/flows/workspace';
import { DisposableStore } from '../../../src/platform/lifecycle';
import { createSession, type Session } from '../../../src/platform/sessionServices';
import { DatabricksWorkspace } from '../../../src/workspaces/databricks/databricksWorkspace';
import type { DatabricksSettings } from '../../../src/workspaces/databricks/settings';
import { Place } from '../localWindow';

const placeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local'), root: z.string(), agent: z.string(), maxRuns: z.number() }),
  z.object({
    kind: z.literal('databricks'),
    settings: z.custom<DatabricksSettings>((value) => typeof value === 'object' && value !== null),
    authority: z.string(),
    env: z.record(z.string(), z.string()),
  }),
]);
const orderSchema = z.object({ place: placeSchema, flowIds: z.array(z.string()), batch: z.number() });
/** Where a window opens its workspace. */
export type WindowPlace = z.infer<typeof placeSchema>;
export type WindowOrder = z.infer<typeof orderSchema>;

/** `claiming`: a bulk start begins; `started`: a run has; `over`: all has ended that this window can see to its end. */
export type WindowStep = 'opened' | 'claiming' | 'started' | 'over';

const TRIES = 30;
/** How long a person waits between two looks, in milliseconds: here a look is cheap, on Databricks it is many calls. */
const LOOK_EVERY = { free: 500, paid: 1_500 };
/** Runs that only wait, with none before them, for so long: the person gives them up. */
export const PATIENCE_MS = 4_000;
const { signal } = new AbortController();

function tell(step: WindowStep): void {
  process.stdout.write(`${step}\n`);
}

function log(message: string, error?: unknown): void {
  process.stderr.write(`${message} ${error instanceof Error ? error.message : ''}\n`);
}

function openPlace(place: WindowPlace): Promise<Workspace> {
  return place.kind === 'local'
    ? new Place(place.root).open({ agent: place.agent, maxRuns: place.maxRuns, log })
    : DatabricksWorkspace.open({
        settings: () => place.settings,
        network: { proxy: '', noProxy: [], extraCa: [place.authority] },
        env: place.env,
        vault: { token: () => Promise.resolve(null) },
        userAgent: 'nifi-accelerator/0.0.0',
        onWarehouseState: () => undefined,
        log,
      });
}

/** What a person does after an error: the same again, a moment later. */
async function persist<T>(what: string, work: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !AcceleratorError.is(error)) throw error;
      log(`${what}:`, error);
      await sleep(500);
    }
  }
}

async function startAll({ model, conversions }: Session, flowIds: readonly string[], batch: number): Promise<void> {
  for (let left = TRIES; left > 0; left -= 1) {
    const open = flowIds.filter((flowId) => model.flow(flowId)?.totalAttempts === 0);
    if (open.length === 0) return;
    tell('claiming');
    const chosen = open.slice(0, batch);
    await conversions.startMany(chosen, 'bulk', { signal });
    await persist('refresh', () => model.refreshFlows(chosen, signal));
  }
  throw new Error('some flows could not be started at all');
}

async function lookOn({ workspace, monitor, conversions }: Session): Promise<void> {
  let waitingSince = Date.now();
  for (;;) {
    monitor.poke();
    await sleep(workspace.readsCostMoney ? LOOK_EVERY.paid : LOOK_EVERY.free);
    // An attempt without a run is a start that was cut off: only reconcile can end it, when its deadline has passed.
    const active = monitor.state.active.filter((live) => live.runId !== null);
    if (active.length === 0) return;
    if (active.some((live) => live.phase !== 'waiting')) waitingSince = Date.now();
    if (Date.now() - waitingSince > PATIENCE_MS) {
      for (const { attemptId } of active) await persist('cancel', () => conversions.cancel(attemptId, signal));
      waitingSince = Date.now();
    }
  }
}

async function main({ place, flowIds, batch }: WindowOrder): Promise<void> {
  const resources = new DisposableStore();
  const workspace = resources.add(await openPlace(place));
  const session = createSession(workspace, {
    parallelism: 8,
    keepLatestJobs: 3,
    log: { debug: log, info: log, warn: log, error: log },
    resources,
    warmedUp: Promise.resolve(),
  });
  session.conversions.onDidStart(() => tell('started'));
  await persist('open', () => session.model.load(signal));
  tell('opened');
  await startAll(session, flowIds, batch);
  await lookOn(session);
  await persist('write', () => session.monitor.writeEnds(signal));
  await session.conversions.idle();
  tell('over');
  resources.dispose();
}

const [order] = process.argv.slice(2);
if (require.main === module && order !== undefined) {
  main(orderSchema.parse(JSON.parse(order))).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
