/** Unity Catalog's REST side: what the engine and the volumes hold, and privileges that a test takes away. */
import { mkdir, readdir } from 'node:fs/promises';

import * as z from 'zod';

import type { EngineSource } from './engine';
import { EngineError } from './engineError';
import { ApiError, json, text, type ApiAnswer, type ApiRequest, type Routes } from './http';
import type { Storage } from './storage';

const ROOT = '/api/2.1/unity-catalog';
/** The one catalog of the engine; volumes may lie under others too. */
const CATALOGS = ['spark_catalog', 'main'];
const PRIVILEGES = [
  'USE_CATALOG',
  'USE_SCHEMA',
  'CREATE_TABLE',
  'SELECT',
  'MODIFY',
  'READ_VOLUME',
  'WRITE_VOLUME',
  'CREATE_VOLUME',
];
const rowsSchema = z.array(z.record(z.string(), z.unknown()));
const IDENTIFIER = /^[A-Za-z0-9_]+$/;

/** What somebody may do, "principal kind full.name PRIVILEGE" each. */
export interface Grants {
  /** What people have not, of all that they have otherwise. */
  readonly taken: ReadonlySet<string>;
  /** What groups have. */
  readonly given: ReadonlySet<string>;
  /** "kind full.name" to its owner. */
  readonly owners: ReadonlyMap<string, string>;
}

export function catalogRoutes(engine: EngineSource, storage: Storage, { taken, given, owners }: Grants): Routes {
  const ask = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    rowsSchema.parse(await (await engine()).call('rows', { sql }));
  const missing = (what: string): ApiError => new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `${what} does not exist.`);
  const schemas = async (catalog: string): Promise<readonly string[]> =>
    catalog === 'spark_catalog' ? (await ask('SHOW SCHEMAS')).map((row) => String(row['namespace'])) : ['default'];
  const volumes = async (catalog: string, schema: string): Promise<readonly string[]> =>
    readdir(storage.onDisk(`/Volumes/${catalog}/${schema}`)).catch(() => []);

  return {
    [`GET ${ROOT}/catalogs`]: () => ({ status: 200, body: { catalogs: CATALOGS.map((name) => ({ name })) } }),
    [`GET ${ROOT}/schemas`]: async ({ query }) => ({
      status: 200,
      body: { schemas: (await schemas(query.get('catalog_name') ?? '')).map((name) => ({ name })) },
    }),
    [`GET ${ROOT}/schemas/*`]: async (request) => {
      const [catalog = '', schema = ''] = nameOf(request, 2);
      if (!(await schemas(catalog)).includes(schema)) throw missing(`Schema ${catalog}.${schema}`);
      return { status: 200, body: { name: schema, catalog_name: catalog } };
    },
    [`GET ${ROOT}/tables/*`]: async (request) => {
      const [catalog = '', schema = '', table = ''] = nameOf(request, 3);
      try {
        const rows = await ask(`DESCRIBE TABLE \`${catalog}\`.\`${schema}\`.\`${table}\``);
        const columns = rows.map((row) => ({ name: String(row['col_name']), type_text: String(row['data_type']) }));
        const owner = owners.get(`table ${catalog}.${schema}.${table}`);
        return {
          status: 200,
          body: { name: table, table_type: 'MANAGED', columns, ...(owner === undefined ? {} : { owner }) },
        };
      } catch (error) {
        if (error instanceof EngineError) throw missing(`Table ${catalog}.${schema}.${table}`);
        throw error;
      }
    },
    [`GET ${ROOT}/volumes`]: async ({ query }) => {
      const catalog = query.get('catalog_name') ?? '';
      const schema = query.get('schema_name') ?? '';
      return { status: 200, body: { volumes: (await volumes(catalog, schema)).map((name) => ({ name })) } };
    },
    [`GET ${ROOT}/volumes/*`]: async (request) => {
      const [catalog = '', schema = '', volume = ''] = nameOf(request, 3);
      if (!(await volumes(catalog, schema)).includes(volume)) throw missing(`Volume ${volume}`);
      return { status: 200, body: { name: volume } };
    },
    [`POST ${ROOT}/volumes`]: (request) => makeVolume(request, storage),
    [`GET ${ROOT}/effective-permissions/*`]: ({ path, query, user: caller }) => {
      const user = query.get('principal') ?? caller;
      const [kind = '', name = ''] = path.slice(`${ROOT}/effective-permissions/`.length).split('/');
      const object = `${kind} ${decodeURIComponent(name)}`;
      const held = PRIVILEGES.filter((one) => !taken.has(`${user} ${object} ${one}`));
      const groups = [...given].flatMap((grant) => {
        const [principal = '', privilege = ''] = grant.split(` ${object} `);
        return query.get('principal') !== null || privilege === '' ? [] : [{ principal, privileges: [{ privilege }] }];
      });
      const own = { principal: user, privileges: held.map((privilege) => ({ privilege })) };
      return { status: 200, body: { privilege_assignments: [own, ...groups] } };
    },
  };
}

const volumeSchema = z.object({ catalog_name: z.string(), schema_name: z.string(), name: z.string() });

async function makeVolume(request: ApiRequest, storage: Storage): Promise<ApiAnswer> {
  const { catalog_name: catalog, schema_name: schema, name } = volumeSchema.parse(json(request));
  await mkdir(storage.onDisk(`/Volumes/${catalog}/${schema}/${text(name, 'name')}`), { recursive: true });
  return { status: 200, body: { name, catalog_name: catalog, schema_name: schema } };
}

function nameOf(request: ApiRequest, parts: number): readonly string[] {
  const names = decodeURIComponent(request.path.slice(request.path.lastIndexOf('/') + 1)).split('.');
  if (names.length !== parts || !names.every((name) => IDENTIFIER.test(name))) {
    throw new ApiError(400, 'INVALID_PARAMETER_VALUE', 'The full name is not valid.');
  }
  return names;
}
