/**
 * A Databricks workspace for tests and for the demo: our HTTP, a real engine behind it. Listens on loopback only, speaks
 * https with a certificate made for the occasion, and takes bearer tokens.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { privateAuthority } from './authority';
import type { Engine, EngineSource } from './engine';
import { startEngine } from './engine';
import { FaultPlan, seeded, type HttpFault, type RunFault, type StatementFault } from './faults';
import { ApiError, serialise, type ApiAnswer, type Handler, type Routes } from './http';
import { CLUSTERS, Jobs, NODE_TYPES, SPARK_VERSIONS } from './jobs';
import { RateLimits } from './rateLimits';
import { Storage } from './storage';
import { ThriftWarehouse } from './thrift';
import { catalogRoutes } from './unityCatalog';

export interface FakeWorkspaceOptions {
  /** Token → user name. */
  readonly users?: Readonly<Record<string, string>>;
  readonly seed?: number;
  readonly parallelRuns?: number;
  readonly log?: (line: string) => void;
  /** An engine to share between several workspaces of one test run. Default: an own one, started when first needed. */
  readonly engine?: Engine;
  /** The platform's clock, for the times of jobs and runs; default: the real one. */
  readonly now?: () => number;
  /** Whether it takes only as many calls a second as the platform does; default: yes. */
  readonly rateLimits?: boolean;
}

export const DEMO_TOKEN = 'dapi-demo-token';
/** The authority's certificate, for what runs on the "clusters". */
const AUTHORITY_FILE = 'authority.pem';
export const WAREHOUSE_ID = 'a1b2c3d4e5f60718';

export class FakeWorkspace {
  readonly faults: FaultPlan<HttpFault>;
  readonly statementFaults: FaultPlan<StatementFault>;
  readonly runFaults: FaultPlan<RunFault>;
  readonly jobs: Jobs;
  readonly storage: Storage;
  /** Requests by "METHOD /path" without ids, since the last `resetCounts`. */
  readonly calls = new Map<string, number>();
  readonly statements: string[] = [];
  warehouseState: 'RUNNING' | 'STOPPED' | 'STARTING' = 'RUNNING';
  warehouseStartMs = 200;
  readonly tokens: Map<string, string>;
  /** Tokens that were good and are no longer. */
  readonly expired = new Set<string>();
  /** What a user may not do: "user METHOD /path". */
  readonly forbidden = new Set<string>();
  /** Privileges taken away: "user kind full.name PRIVILEGE"; everybody has all others. */
  readonly grants = new Set<string>();
  /** Privileges of groups, likewise; and who is in which. */
  readonly groupGrants = new Set<string>();
  readonly groups = new Map<string, readonly string[]>();
  /** "kind full.name" to its owner; nobody owns the rest. */
  readonly owners = new Map<string, string>();
  private readonly warehouse: ThriftWarehouse;
  private readonly rateLimits: RateLimits | null;
  private readonly routes: Routes;

  private ownEngine: Promise<Engine> | null = null;

  private constructor(
    private readonly server: Server,
    private readonly root: string,
    /** PEM of the authority behind its certificate. */
    readonly certificate: string,
    options: FakeWorkspaceOptions,
  ) {
    this.tokens = new Map(Object.entries(options.users ?? { [DEMO_TOKEN]: 'data-eng@example.com' }));
    const seed = options.seed ?? 1;
    this.rateLimits = options.rateLimits === false ? null : new RateLimits();
    this.faults = new FaultPlan(seeded(seed));
    this.statementFaults = new FaultPlan(seeded(seed + 1));
    this.runFaults = new FaultPlan(seeded(seed + 2));
    const engine: EngineSource = () => options.engine ?? (this.ownEngine ??= startEngine(options.log));
    this.storage = new Storage(root);
    this.jobs = new Jobs({
      engine,
      storage: this.storage,
      clusterStartMs: 100,
      parallelRuns: options.parallelRuns ?? 4,
      now: options.now ?? Date.now,
      faults: this.runFaults,
      environment: () => ({
        DATABRICKS_HOST: this.host,
        DATABRICKS_TOKEN: [...this.tokens.keys()][0] ?? '',
        DATABRICKS_CONFIG_FILE: join(root, 'no.databrickscfg'),
        REQUESTS_CA_BUNDLE: join(root, AUTHORITY_FILE),
        NO_PROXY: 'localhost,127.0.0.1',
      }),
    });
    this.warehouse = new ThriftWarehouse(engine, { onStatement: (sql) => this.onStatement(sql) });
    this.routes = {
      ...this.jobs.routes,
      ...this.storage.routes,
      ...catalogRoutes(engine, this.storage, { taken: this.grants, given: this.groupGrants, owners: this.owners }),
      ...this.platformRoutes(),
    };
  }

  static async start(options: FakeWorkspaceOptions = {}): Promise<FakeWorkspace> {
    const root = await mkdtemp(join(tmpdir(), 'fake-storage-'));
    for (const folder of ['Workspace/Shared', 'Workspace/Users', 'Volumes', 'Notebooks']) {
      await mkdir(join(root, folder), { recursive: true });
    }
    const authority = await privateAuthority();
    await writeFile(join(root, AUTHORITY_FILE), authority.certificate);
    const server = createServer(await authority.issue());
    const workspace = new FakeWorkspace(server, root, authority.certificate, options);
    server.on('request', (request, response) => void workspace.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return workspace;
  }

  get host(): string {
    const address = this.server.address();
    return `https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  get warehouseHttpPath(): string {
    return `/sql/1.0/warehouses/${WAREHOUSE_ID}`;
  }

  async makeVolume(path: string): Promise<void> {
    await mkdir(this.storage.onDisk(path), { recursive: true });
  }

  /** As when it has been idle for long, or somebody stops it: sessions and what ran in them are gone. */
  stopWarehouse(): void {
    this.warehouseState = 'STOPPED';
    this.warehouse.dropSessions();
  }

  resetCounts(): void {
    this.calls.clear();
    this.statements.length = 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.jobs.stop();
    await (await this.ownEngine)?.stop();
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  private onStatement(sql: string): void {
    this.statements.push(sql);
    const fault = this.statementFaults.take(sql);
    if (fault !== null) {
      throw fault;
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const url = new URL(request.url ?? '/', this.host);
    const method = request.method ?? 'GET';
    const name = `${method} ${url.pathname}`;
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const fault = this.faults.take(name);
    if (fault?.kind === 'cutBefore') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'slow') {
      await sleep(fault.milliseconds, undefined, { ref: false });
    }
    if (fault?.kind === 'tokenExpires') {
      this.expired.add(bearerOf(request));
    }
    if (fault?.kind === 'warehouseStops') {
      this.stopWarehouse();
    }
    const answer =
      fault?.kind === 'status'
        ? {
            status: fault.status,
            body: { error_code: fault.code ?? 'TEMPORARILY_UNAVAILABLE', message: 'A fault on demand.' },
            headers: {
              ...fault.headers,
              ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
            },
          }
        : await this.answer({ request, url, method, body: Buffer.concat(chunks) });
    if (fault?.kind === 'cutAfter') {
      request.socket.destroy();
      return;
    }
    const bytes = answer.bytes ?? (answer.body === undefined ? Buffer.alloc(0) : Buffer.from(serialise(answer.body)));
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'x-request-id': `request-${this.calls.size}`,
      ...answer.headers,
    });
    response.end(method === 'HEAD' ? undefined : bytes);
  }

  private async answer(got: { request: IncomingMessage; url: URL; method: string; body: Buffer }): Promise<ApiAnswer> {
    const { request, url, method, body } = got;
    const path = url.pathname;
    try {
      const open = this.openRoute(method, path);
      if (open !== null) {
        return await open({ method, path, query: url.searchParams, headers: request.headers, body, user: '' });
      }
      const user = this.userOf(request);
      if (this.forbidden.has(`${user} ${method} ${path}`)) {
        throw new ApiError(403, 'PERMISSION_DENIED', `User ${user} does not have permission.`);
      }
      if (path === this.warehouseHttpPath && method === 'POST') {
        await this.wakeForStatement();
        return {
          status: 200,
          bytes: await this.warehouse.answer(body),
          headers: { 'content-type': 'application/x-thrift' },
        };
      }
      if (this.rateLimits?.refuse(`${method} ${path}`) === true) {
        const message = 'Too many requests.';
        return {
          status: 429,
          body: { error_code: 'REQUEST_LIMIT_EXCEEDED', message },
          headers: { 'retry-after': '1' },
        };
      }
      const handler = this.handlerOf(method, path);
      if (handler === undefined) {
        throw new ApiError(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${path}'`);
      }
      return await handler({ method, path, query: url.searchParams, headers: request.headers, body, user });
    } catch (error) {
      return error instanceof ApiError
        ? { status: error.status, body: { error_code: error.code, message: error.message } }
        : { status: 500, body: { error_code: 'INTERNAL_ERROR', message: String(error) } };
    }
  }

  private handlerOf(method: string, path: string): Handler | undefined {
    const exact = this.routes[`${method} ${path}`];
    if (exact !== undefined) {
      return exact;
    }
    const pattern = Object.keys(this.routes).find(
      (key) => key.endsWith('*') && `${method} ${path}`.startsWith(key.slice(0, -1)),
    );
    return pattern === undefined ? undefined : this.routes[pattern];
  }

  private userOf(request: IncomingMessage): string {
    const token = bearerOf(request);
    const user = this.tokens.get(token);
    if (user === undefined || this.expired.has(token)) {
      throw new ApiError(401, 'UNAUTHENTICATED', 'Invalid access token.');
    }
    return user;
  }

  /** Sign-in itself needs no bearer token. */
  private openRoute(method: string, path: string): Handler | null {
    if (method === 'GET' && path === '/oidc/.well-known/oauth-authorization-server') {
      return () => ({ status: 200, body: { token_endpoint: `${this.host}/oidc/v1/token` } });
    }
    if (method === 'POST' && path === '/oidc/v1/token') {
      return (request) => {
        const basic = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
        const [client, secret] = basic.split(':');
        if (client !== 'principal' || secret !== 'principal-secret') {
          return { status: 401, body: { error: 'invalid_client', error_description: 'Client authentication failed' } };
        }
        const token = `oauth-${this.tokens.size}`;
        this.tokens.set(token, 'principal');
        return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: 3600 } };
      };
    }
    return null;
  }

  private platformRoutes(): Routes {
    const warehouse = (): object => ({
      id: WAREHOUSE_ID,
      name: 'Starter Warehouse',
      state: this.warehouseState,
      cluster_size: '2X-Small',
      warehouse_type: 'PRO',
      enable_serverless_compute: true,
      auto_stop_mins: 10,
      odbc_params: { hostname: 'localhost', path: this.warehouseHttpPath, port: 443, protocol: 'https' },
    });
    return {
      'GET /api/2.0/preview/scim/v2/Me': (request) => ({
        status: 200,
        body: {
          id: '1',
          userName: request.user,
          displayName: request.user.split('@')[0],
          groups: (this.groups.get(request.user) ?? []).map((display) => ({ display })),
        },
        headers: { 'x-databricks-org-id': '1234567890123456' },
      }),
      'GET /api/2.0/sql/warehouses': () => ({ status: 200, body: { warehouses: [warehouse()] } }),
      [`GET /api/2.0/sql/warehouses/${WAREHOUSE_ID}`]: () => ({ status: 200, body: warehouse() }),
      [`POST /api/2.0/sql/warehouses/${WAREHOUSE_ID}/start`]: () => {
        this.startWarehouse();
        return { status: 200, body: {} };
      },
      'GET /api/2.1/clusters/spark-versions': () => ({ status: 200, body: { versions: SPARK_VERSIONS } }),
      'GET /api/2.1/clusters/list-node-types': () => ({
        status: 200,
        body: {
          node_types: NODE_TYPES.map((id, index) => ({
            node_type_id: id,
            memory_mb: 8192 * (index + 1),
            num_cores: 2 * (index + 1),
          })),
        },
      }),
      'GET /api/2.1/clusters/list': () => ({ status: 200, body: { clusters: CLUSTERS } }),
    };
  }

  private startWarehouse(): void {
    if (this.warehouseState === 'STOPPED') {
      this.warehouseState = 'STARTING';
      this.warehouse.dropSessions();
      setTimeout(() => (this.warehouseState = 'RUNNING'), this.warehouseStartMs).unref();
    }
  }

  /** Any statement wakes a stopped warehouse, and waits for it. */
  private async wakeForStatement(): Promise<void> {
    this.startWarehouse();
    while (this.warehouseState !== 'RUNNING') {
      await sleep(20);
    }
  }
}

function bearerOf(request: IncomingMessage): string {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
