/** SQL warehouses: looking never starts one, and a start is a step of its own, since it costs. */
import { setTimeout as sleep } from 'node:timers/promises';

import * as z from 'zod/mini';

import { AcceleratorError, calledOff } from '../../flows/errors';
import type { RestClient } from './rest/restClient';

const warehouse = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  warehouse_type: z.optional(z.string()),
  enable_serverless_compute: z.optional(z.boolean()),
  cluster_size: z.optional(z.string()),
  auto_stop_mins: z.optional(z.number()),
  odbc_params: z.optional(z.object({ path: z.optional(z.string()) })),
  health: z.optional(z.object({ status: z.optional(z.string()), summary: z.optional(z.string()) })),
});
export type Warehouse = z.infer<typeof warehouse>;
const listing = z.object({ warehouses: z.optional(z.array(warehouse)), next_page_token: z.optional(z.string()) });

const START_TIMEOUT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 3_000;

export class Warehouses {
  constructor(private readonly rest: RestClient) {}

  async list(signal: AbortSignal): Promise<readonly Warehouse[]> {
    const all: Warehouse[] = [];
    for await (const page of this.rest.pages(
      { method: 'GET', path: '/api/2.0/sql/warehouses', what: 'list the SQL warehouses' },
      listing,
      signal,
    )) {
      all.push(...(page.warehouses ?? []));
    }
    return all;
  }

  get(id: string, signal: AbortSignal): Promise<Warehouse> {
    return this.rest.json(
      { method: 'GET', path: `/api/2.0/sql/warehouses/${encodeURIComponent(id)}`, what: 'look at the SQL warehouse' },
      warehouse,
      signal,
    );
  }

  /**
   * Starts a stopped warehouse and waits until it runs, at most 10 minutes.
   * @param report hears each state on the way, for a progress message
   */
  async ensureRunning(
    id: string,
    report: (state: string) => void,
    signal: AbortSignal,
    pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown> = (milliseconds, aborted) =>
      sleep(milliseconds, undefined, { signal: aborted }),
  ): Promise<void> {
    const end = Date.now() + START_TIMEOUT_MS;
    for (let asked = false; ;) {
      const { state, name, health } = await this.get(id, signal);
      if (state === 'RUNNING') {
        return;
      }
      if (state === 'DELETED' || state === 'DELETING' || health?.status === 'FAILED') {
        throw new AcceleratorError('platform', `The SQL warehouse ${name} cannot run: ${health?.summary ?? state}.`, {
          mend: 'setUpWorkspace',
        });
      }
      if (Date.now() > end) {
        throw new AcceleratorError('timedOut', `The SQL warehouse ${name} did not start within 10 minutes.`, {
          mend: 'tryAgain',
        });
      }
      if (state === 'STOPPED' && !asked) {
        asked = true;
        await this.rest.raw(
          {
            method: 'POST',
            path: `/api/2.0/sql/warehouses/${encodeURIComponent(id)}/start`,
            body: {},
            what: `start the SQL warehouse ${name}`,
            repeatable: true,
          },
          signal,
        );
      }
      report(state);
      try {
        await pause(LOOK_EVERY_MS, signal);
      } catch {
        throw calledOff(signal, 'Starting the SQL warehouse');
      }
    }
  }
}

/** The id at the end of `/sql/1.0/warehouses/<id>`; null where the path is another one. */
export function warehouseId(httpPath: string): string | null {
  return /^\/?sql\/1\.0\/(?:warehouses|endpoints)\/([A-Za-z0-9]+)$/.exec(httpPath.trim())?.[1] ?? null;
}
