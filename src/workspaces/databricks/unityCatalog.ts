/** Unity Catalog by REST: looking never wakes a warehouse. */
import * as z from 'zod/mini';

import { AcceleratorError } from '../../flows/errors';
import type { RestClient } from './rest/restClient';

const page = { next_page_token: z.optional(z.string()) };
const named = z.object({ name: z.string(), comment: z.optional(z.nullable(z.string())) });
const catalogs = z.object({ ...page, catalogs: z.optional(z.array(named)) });
const schemas = z.object({ ...page, schemas: z.optional(z.array(named)) });
const volumes = z.object({ ...page, volumes: z.optional(z.array(named)) });
const table = z.object({
  table_type: z.optional(z.string()),
  columns: z.optional(z.array(z.object({ name: z.string() }))),
});
const permissions = z.object({
  privilege_assignments: z.optional(
    z.array(
      z.object({
        principal: z.optional(z.string()),
        privileges: z.optional(z.array(z.object({ privilege: z.string() }))),
      }),
    ),
  ),
});
const owned = z.object({ owner: z.optional(z.string()) });
const anything = z.object({});

const ROOT = '/api/2.1/unity-catalog';

export type Named = z.infer<typeof named>;
export type Securable = 'catalog' | 'schema' | 'table' | 'volume';

/** What somebody may do with something. */
export interface Held {
  readonly privileges: ReadonlySet<string>;
  /** Who owns something may do everything with it, and has no grant that says so. */
  readonly owns: boolean;
  /** False where only the person's own grants can be seen, and a group may have what they lack. */
  readonly complete: boolean;
}

export class UnityCatalog {
  constructor(private readonly rest: RestClient) {}

  async catalogs(signal: AbortSignal): Promise<readonly Named[]> {
    const all: Named[] = [];
    const call = { method: 'GET', path: `${ROOT}/catalogs`, what: 'list the catalogs' } as const;
    for await (const got of this.rest.pages(call, catalogs, signal)) all.push(...(got.catalogs ?? []));
    return all;
  }

  async schemas(catalog: string, signal: AbortSignal): Promise<readonly Named[]> {
    const all: Named[] = [];
    const query = { catalog_name: catalog };
    const call = { method: 'GET', path: `${ROOT}/schemas`, query, what: `list the schemas of ${catalog}` } as const;
    for await (const got of this.rest.pages(call, schemas, signal)) all.push(...(got.schemas ?? []));
    return all;
  }

  async volumes(catalog: string, schema: string, signal: AbortSignal): Promise<readonly Named[]> {
    const all: Named[] = [];
    const query = { catalog_name: catalog, schema_name: schema };
    const what = `list the volumes of ${catalog}.${schema}`;
    const call = { method: 'GET', path: `${ROOT}/volumes`, query, what } as const;
    for await (const got of this.rest.pages(call, volumes, signal)) all.push(...(got.volumes ?? []));
    return all;
  }

  /** Whether something of that full name exists and may be seen. */
  async exists(kind: Securable, name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.rest.json(this.one(kind, name), anything, signal);
      return true;
    } catch (error) {
      if (AcceleratorError.is(error, 'notFound')) return false;
      throw error;
    }
  }

  /** Names of a table's columns; null where the table is not there. */
  async columns(name: string, signal: AbortSignal): Promise<readonly string[] | null> {
    try {
      const got = await this.rest.json(this.one('table', name), table, signal);
      return (got.columns ?? []).map((column) => column.name);
    } catch (error) {
      if (AcceleratorError.is(error, 'notFound')) return null;
      throw error;
    }
  }

  /**
   * What somebody may do with something, by grants on it and above it.
   * @param who the person first, then their groups
   * @throws RestError `noPermission`, `notFound` where not even the person's own grants can be seen
   */
  async held(kind: Securable, name: string, who: readonly string[], signal: AbortSignal): Promise<Held> {
    const [person = ''] = who;
    const principals = new Set(who);
    const [owner, grants] = await Promise.all([
      this.owner(kind, name, signal),
      // Everybody's grants are shown to owners; others see their own.
      this.grants(kind, name, undefined, signal).catch((error: unknown) => {
        if (AcceleratorError.is(error, 'noPermission')) return null;
        throw error;
      }),
    ]);
    const own = grants ?? (await this.grants(kind, name, person, signal));
    const privileges = own
      .filter(({ principal }) => grants === null || principals.has(principal ?? ''))
      .flatMap((entry) => (entry.privileges ?? []).map((one) => one.privilege));
    return {
      privileges: new Set(privileges),
      owns: owner !== null && principals.has(owner),
      complete: grants !== null,
    };
  }

  private async grants(kind: Securable, name: string, principal: string | undefined, signal: AbortSignal) {
    const got = await this.rest.json(
      {
        method: 'GET',
        path: `${ROOT}/effective-permissions/${kind}/${encodeURIComponent(name)}`,
        query: { principal },
        what: `see the privileges on ${name}`,
      },
      permissions,
      signal,
    );
    return got.privilege_assignments ?? [];
  }

  private async owner(kind: Securable, name: string, signal: AbortSignal): Promise<string | null> {
    try {
      return (await this.rest.json(this.one(kind, name), owned, signal)).owner ?? null;
    } catch (error) {
      if (AcceleratorError.is(error, 'notFound') || AcceleratorError.is(error, 'noPermission')) return null;
      throw error;
    }
  }

  async createVolume(catalog: string, schema: string, name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.rest.raw(
        {
          method: 'POST',
          path: `${ROOT}/volumes`,
          body: { catalog_name: catalog, schema_name: schema, name, volume_type: 'MANAGED' },
          what: `create the volume ${catalog}.${schema}.${name} (needs CREATE VOLUME on the schema)`,
        },
        signal,
      );
    } catch (error) {
      // Somebody else made it meanwhile, or an answer was lost.
      if (!(await this.exists('volume', `${catalog}.${schema}.${name}`, signal).catch(() => false))) throw error;
    }
  }

  private one(kind: Securable, name: string) {
    return {
      method: 'GET',
      path: `${ROOT}/${kind === 'schema' ? 'schemas' : `${kind}s`}/${encodeURIComponent(name)}`,
      what: `look at the ${kind} ${name}`,
    } as const;
  }
}

/** The parts of `/Volumes/<catalog>/<schema>/<volume>/…`; null where it is another path. */
export function volumeOf(
  path: string,
): { readonly catalog: string; readonly schema: string; readonly volume: string } | null {
  const [, catalog, schema, volume] = /^\/Volumes\/([^/]+)\/([^/]+)\/([^/]+)/.exec(path) ?? [];
  return catalog === undefined || schema === undefined || volume === undefined ? null : { catalog, schema, volume };
}
