/**
 * SqlClient over @databricks/sql. The driver is loaded on first use (2.6 MB), its telemetry, its console logger (which
 * hooks `uncaughtException` of the process that all extensions share) and its 15-minute time-outs are overridden.
 */
import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import type * as Driver from '@databricks/sql';

import { AcceleratorError, calledOff } from '../../../flows/errors';
import { untilCalledOff } from '../../../flows/untilCalledOff';
import type { ExecuteOptions, SqlClient, SqlParameters, SqlResult, SqlRow } from '../../sql/sqlClient';
import type { AuthChain } from '../auth/chain';
import { hostName } from '../auth/host';
import { networkRefusal, type Network } from '../rest/network';
import { isColdWarehouse, isConflict, isSessionLost, readFailure, toSqlError } from './sqlErrors';

type Client = InstanceType<typeof Driver.DBSQLClient>;
type Session = Awaited<ReturnType<Client['openSession']>>;
type Operation = Awaited<ReturnType<Session['executeStatement']>>;

export interface DatabricksSqlOptions {
  readonly auth: AuthChain;
  /** `/sql/1.0/warehouses/<id>`, asked anew for each session. */
  readonly httpPath: () => string;
  readonly network: Network;
  readonly userAgent: string;
  /** Runs before a session opens: starts the warehouse with progress and a cancel. */
  readonly beforeSession: (signal: AbortSignal) => Promise<void>;
  readonly log: (level: 'debug' | 'warn', line: string) => void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** What is called off, in an error's sentence. */
const STATEMENT = 'The statement';
const SOCKET_TIMEOUT_MS = 120_000;
/** A statement on these small tables that takes longer hangs. Seconds, as the warehouse wants it. */
const STATEMENT_TIMEOUT_SECONDS = '600';
/** A session that nobody uses is closed: an open one would be dropped by the server anyway. */
const IDLE_CLOSE_MS = 30_000;
const CONFLICT_TRIES = 8;
const CONNECT_PAUSES_MS = [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000];

/** A session, open or on its way, and how many use it: given up, it is closed when the last has done with it. */
interface Connection {
  readonly session: Promise<Session>;
  readonly client: () => Client | null;
  /** Ends the opening; for when nobody waits for it any more. */
  readonly stop: AbortController;
  users: number;
  givenUp: boolean;
}

export class DatabricksSqlClient implements SqlClient {
  /** What the next statement uses. */
  private connection: Connection | null = null;
  private idle: NodeJS.Timeout | null = null;
  private running = 0;
  /** The token that the driver was given last. */
  private bearer = '';

  constructor(private readonly options: DatabricksSqlOptions) {}

  async execute(
    sql: string,
    parameters: SqlParameters,
    { signal, idempotent = false }: ExecuteOptions,
  ): Promise<SqlResult> {
    this.running++;
    this.stopIdling();
    try {
      return await this.persist(sql, parameters, signal, idempotent);
    } finally {
      this.running--;
      this.idleSoon();
    }
  }

  async close(): Promise<void> {
    this.stopIdling();
    const { connection } = this;
    this.connection = null;
    if (connection !== null) {
      connection.givenUp = true;
      await this.closeClient(connection);
    }
  }

  /** Sends until it succeeded, or failed in a way that a repetition would not mend or might do twice. */
  private async persist(
    sql: string,
    parameters: SqlParameters,
    signal: AbortSignal,
    idempotent: boolean,
  ): Promise<SqlResult> {
    let conflicts = 0;
    let reconnects = 0;
    let renewed = false;
    for (;;) {
      const stage = { sent: false, accepted: false };
      const connection = (this.connection ??= this.connect());
      connection.users++;
      try {
        const session = await untilCalledOff(connection.session, signal, STATEMENT);
        stage.sent = true;
        return await this.run(session, sql, parameters, signal, () => (stage.accepted = true));
      } catch (error) {
        if (AcceleratorError.is(error)) {
          throw error;
        }
        if (signal.aborted) {
          throw calledOff(signal, STATEMENT);
        }
        const refusal = networkRefusal(new URL(this.options.auth.host).host, error);
        if (refusal !== null) {
          this.giveUp(connection);
          throw refusal;
        }
        const failure = readFailure(error);
        if (isConflict(failure) && ++conflicts < CONFLICT_TRIES) {
          await this.pause(100 * 2 ** Math.min(conflicts, 5) * (0.5 + Math.random()), signal);
          continue;
        }
        // Refused when it was handed in, it was not done; refused later, it may have been.
        if (failure.status === 401 && !renewed && (idempotent || !stage.accepted)) {
          renewed = true;
          this.options.auth.refused(this.bearer);
          this.giveUp(connection);
          continue;
        }
        const lost = isSessionLost(failure);
        const transport =
          failure.condition === '' && failure.sqlState === '' && failure.status !== 401 && failure.status !== 403;
        // A session that was gone when the statement came did not take it; one that went later may have.
        const again =
          (lost && !stage.accepted) || ((lost || isColdWarehouse(failure) || transport) && (!stage.sent || idempotent));
        const wait = lost && reconnects < CONNECT_PAUSES_MS.length ? 0 : CONNECT_PAUSES_MS[reconnects];
        if (again && failure.status !== 404 && wait !== undefined) {
          reconnects++;
          this.options.log('warn', `SQL: ${failure.text.slice(0, 200)}; again in ${wait} ms`);
          this.giveUp(connection);
          await this.pause(wait, signal);
          continue;
        }
        throw toSqlError(failure, error);
      } finally {
        connection.users--;
        this.closeUnused(connection);
      }
    }
  }

  private async run(
    session: Session,
    sql: string,
    parameters: SqlParameters,
    signal: AbortSignal,
    onAccepted: () => void,
  ): Promise<SqlResult> {
    const submitted = session.executeStatement(sql, {
      namedParameters: { ...parameters },
      // Control tables are small: no traffic to storage hosts, no native decompression.
      useCloudFetch: false,
      useLZ4Compression: false,
    });
    const operation = await untilCalledOff(submitted, signal, STATEMENT, (late) => void this.drop(late));
    onAccepted();
    const onAbort = (): void => void operation.cancel().catch(() => undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const rows = (await operation.fetchAll()) as SqlRow[];
      return { rows, affected: affectedOf(rows) };
    } finally {
      signal.removeEventListener('abort', onAbort);
      void operation.close().catch(() => undefined);
    }
  }

  private async drop(operation: Operation): Promise<void> {
    await operation.cancel().catch(() => undefined);
    await operation.close().catch(() => undefined);
  }

  private connect(): Connection {
    const stop = new AbortController();
    let client: Client | null = null;
    const connection: Connection = {
      session: this.open(stop.signal, (made) => (client = made)),
      client: () => client,
      stop,
      users: 0,
      givenUp: false,
    };
    connection.session.catch(() => this.giveUp(connection));
    return connection;
  }

  private async open(signal: AbortSignal, onClient: (client: Client) => void): Promise<Session> {
    await this.options.beforeSession(signal);
    const { DBSQLClient } = await import('@databricks/sql');
    const { auth, httpPath, network, userAgent } = this.options;
    const client = new DBSQLClient({ logger: { log: (level, text) => this.hear(level, text) } });
    client.on('error', (error: unknown) => this.options.log('warn', `SQL driver: ${readFailure(error).text}`));
    const { port } = new URL(auth.host);
    await client.connect({
      host: hostName(auth.host),
      ...(port === '' ? {} : { port: Number(port) }),
      path: httpPath(),
      authType: 'custom',
      provider: {
        authenticate: async () => {
          this.bearer = await auth.bearer(AbortSignal.timeout(SOCKET_TIMEOUT_MS));
          return { Authorization: `Bearer ${this.bearer}` };
        },
      },
      userAgentEntry: userAgent,
      socketTimeout: SOCKET_TIMEOUT_MS,
      retryMaxAttempts: 3,
      retriesTimeout: 60_000,
      telemetryEnabled: false,
      checkServerCertificate: true,
      ...(network.proxy === null ? {} : { proxy: driverProxy(network.proxy) }),
    });
    await trust(client, network);
    onClient(client);
    return client.openSession({ configuration: { STATEMENT_TIMEOUT: STATEMENT_TIMEOUT_SECONDS, TIMEZONE: 'UTC' } });
  }

  /** The driver's own lines may name hosts and statements, never parameters' values; errors only, and only to the log. */
  private hear(level: string, text: string): void {
    if (level === 'error' || level === 'warn') {
      this.options.log('debug', `SQL driver: ${text.slice(0, 500)}`);
    }
  }

  /** The next statement gets another session; those that run in this one are not disturbed. */
  private giveUp(connection: Connection): void {
    connection.givenUp = true;
    if (this.connection === connection) {
      this.connection = null;
    }
  }

  private closeUnused(connection: Connection): void {
    if (connection.users > 0) {
      return;
    }
    if (connection.client() === null) {
      this.giveUp(connection);
      connection.stop.abort();
    } else if (connection.givenUp) {
      // The driver repeats a close that fails for a minute: nobody waits for it.
      void this.closeClient(connection);
    }
  }

  /** A courtesy to the server; without it the session ends by itself. */
  private async closeClient(connection: Connection): Promise<void> {
    await connection
      .client()
      ?.close()
      .catch((error: unknown) => this.options.log('debug', `close: ${readFailure(error).text}`));
  }

  private async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await (this.options.pause ?? ((time, aborted) => sleep(time, undefined, { signal: aborted })))(
        milliseconds,
        signal,
      );
    } catch {
      throw calledOff(signal, STATEMENT);
    }
  }

  private idleSoon(): void {
    if (this.running === 0 && this.connection !== null) {
      this.idle = setTimeout(() => void this.close(), IDLE_CLOSE_MS);
      this.idle.unref();
    }
  }

  private stopIdling(): void {
    if (this.idle !== null) {
      clearTimeout(this.idle);
      this.idle = null;
    }
  }
}

/** UPDATE, DELETE and MERGE answer one row of counts. */
function affectedOf(rows: readonly SqlRow[]): number | null {
  const count = rows[0]?.['num_affected_rows'];
  return typeof count === 'number' || typeof count === 'bigint' ? Number(count) : null;
}

/** User and password stay percent-encoded: the driver puts them into an address again. */
function driverProxy(address: string): {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  auth?: { username: string; password: string };
} {
  const { protocol, hostname, port, username, password } = new URL(address);
  const secure = protocol === 'https:';
  return {
    protocol: secure ? 'https' : 'http',
    host: hostname,
    port: Number(port) || (secure ? 443 : 80),
    ...(username === '' ? {} : { auth: { username, password } }),
  };
}

/**
 * The driver takes authorities as a text, of which it makes a context for each connection and a key for each request, and
 * which it forgets through a proxy. Its agent gets the context here, before anything is sent: for the way to the
 * workspace (`options`) and that to a proxy with https (`connectOpts`).
 */
async function trust(client: Client, { secureContext }: Network): Promise<void> {
  if (secureContext === null) {
    return;
  }
  const agent = (await (await client.getConnectionProvider()).getAgent()) as DriverAgent | undefined;
  for (const options of [agent?.options, agent?.connectOpts]) {
    if (options !== undefined) {
      options.secureContext = secureContext;
    }
  }
}

/** What the driver's agents, for https and for proxies, have beyond what their type tells. */
type DriverAgent = Agent & { readonly options?: ConnectionOptions; readonly connectOpts?: ConnectionOptions };
