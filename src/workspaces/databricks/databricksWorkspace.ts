/** The Databricks workspace: tables over a SQL warehouse, runs as jobs, output in the workspace or a volume. */
import * as z from 'zod/mini';

import { AcceleratorError } from '../../flows/errors';
import { Emitter, type Event } from '../../flows/event';
import type { PopulateProgress, PopulateResult, SourceState, Workspace } from '../../flows/workspace';
import { SqlFlowStore } from '../sql/sqlFlowStore';
import { AuthChain, type SignedIn, type TokenVault } from './auth/chain';
import { parseHost } from './auth/host';
import { DatabricksJobRunner } from './jobs';
import { DatabricksOutputStore, isVolume } from './outputStore';
import { networkFor, type NetworkSettings } from './rest/network';
import { RestClient } from './rest/restClient';
import { UndiciHttp } from './rest/undiciHttp';
import type { DatabricksSettings } from './settings';
import { databricksDialect } from './sql/databricksDialect';
import { DatabricksSqlClient } from './sql/databricksSqlClient';
import { VolumeFiles } from './volumeFiles';
import { FileLooks, populateFromVolume } from './populate';
import { warehouseId, Warehouses } from './warehouses';
import { WorkspaceFiles } from './workspaceFiles';

export type Log = (message: string, error?: unknown) => void;

export interface DatabricksWorkspaceOptions {
  readonly settings: () => DatabricksSettings;
  readonly network: Omit<NetworkSettings, 'env'>;
  readonly env: NodeJS.ProcessEnv;
  readonly vault: TokenVault;
  /** Name and version as Databricks wants them of partners: `nifi-accelerator/0.1.0`. */
  readonly userAgent: string;
  /** Hears a warehouse's state while it starts, with a way to stop waiting; null: nobody waits any more. */
  readonly onWarehouseState: (state: string | null, cancel: () => void) => void;
  readonly log: Log;
}

const me = z.object({
  userName: z.string(),
  groups: z.optional(z.array(z.object({ display: z.optional(z.string()) }))),
});
/** The group that everybody is in, and that nobody's list of groups names. */
const EVERYBODY = 'account users';

/** Names become parts of statements: quoted there, and checked here, so that a mistake is told where it was made. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export class DatabricksWorkspace implements Workspace {
  readonly kind = 'databricks';
  readonly readsCostMoney = true;
  readonly store: SqlFlowStore;
  readonly runner: DatabricksJobRunner;
  readonly notebooks: DatabricksOutputStore;
  readonly files: WorkspaceFiles;
  readonly volumes: VolumeFiles;
  readonly warehouses: Warehouses;
  private readonly changed = new Emitter<void>();
  readonly onDidChange: Event<void> = this.changed.event;
  private readonly fileLooks = new FileLooks();
  private me: z.infer<typeof me> | null = null;

  private constructor(
    private readonly options: DatabricksWorkspaceOptions,
    private readonly auth: AuthChain,
    private readonly http: UndiciHttp,
    readonly rest: RestClient,
    readonly sql: DatabricksSqlClient,
  ) {
    const { catalog, schema, flowsTable, historyTable } = options.settings();
    this.store = new SqlFlowStore(sql, databricksDialect(catalog, schema), { flowsTable, historyTable });
    this.runner = new DatabricksJobRunner(rest, options.settings);
    this.files = new WorkspaceFiles(rest);
    this.volumes = new VolumeFiles(rest);
    this.warehouses = new Warehouses(rest);
    this.notebooks = new DatabricksOutputStore(this.files, this.volumes, () => options.settings().outputPath);
  }

  /** Signs in with nothing yet, and sends nothing: the first call does. @throws AcceleratorError `badSetting`, `notSignedIn` */
  static async open(options: DatabricksWorkspaceOptions): Promise<DatabricksWorkspace> {
    const settings = options.settings();
    checkNames(settings);
    // The proxy may differ by host, and the host by profile: the chain says which it is, before anything is sent.
    const http = new UndiciHttp({
      network: (hostname) => networkFor(hostname, { ...options.network, env: options.env }),
      userAgent: options.userAgent,
      log: (line) => options.log(line),
    });
    const auth = await AuthChain.open({
      host: settings.host,
      profile: settings.profile,
      env: options.env,
      vault: options.vault,
      http,
    });
    const rest = new RestClient(auth, http);
    const warehouses = new Warehouses(rest);
    const sql = new DatabricksSqlClient({
      auth,
      httpPath: () => options.settings().warehouseHttpPath,
      network: networkFor(new URL(auth.host).hostname, { ...options.network, env: options.env }),
      userAgent: options.userAgent,
      beforeSession: async (signal) => {
        const id = warehouseId(options.settings().warehouseHttpPath);
        if (id === null) {
          throw new AcceleratorError('badSetting', 'No SQL warehouse is chosen yet.', { mend: 'setUpWorkspace' });
        }
        const stop = new AbortController();
        const cancel = (): void => stop.abort();
        try {
          const either = AbortSignal.any([signal, stop.signal]);
          await warehouses.ensureRunning(id, (state) => options.onWarehouseState(state, cancel), either);
        } finally {
          options.onWarehouseState(null, cancel);
        }
      },
      log: (_level, line) => options.log(line),
    });
    return new DatabricksWorkspace(options, auth, http, rest, sql);
  }

  get historyTable(): string {
    const { catalog, schema, historyTable } = this.options.settings();
    return `${catalog}.${schema}.${historyTable}`;
  }

  get host(): string {
    return this.auth.host;
  }

  get signedIn(): SignedIn | null {
    return this.auth.signedIn;
  }

  get onDidChangeSignIn(): Event<SignedIn | null> {
    return this.auth.onDidChange;
  }

  async user(signal: AbortSignal): Promise<string> {
    return (await this.whoAmI(signal)).userName;
  }

  /** To whom a privilege may have been granted that this person then has: they first, then their groups. */
  async principals(signal: AbortSignal): Promise<readonly string[]> {
    const { userName, groups } = await this.whoAmI(signal);
    return [userName, ...(groups ?? []).flatMap(({ display }) => display ?? []), EVERYBODY];
  }

  private async whoAmI(signal: AbortSignal): Promise<z.infer<typeof me>> {
    this.me ??= await this.rest.json(
      { method: 'GET', path: '/api/2.0/preview/scim/v2/Me', what: 'see who is signed in' },
      me,
      signal,
    );
    return this.me;
  }

  async checkCanStart(signal: AbortSignal): Promise<void> {
    const { agentNotebookPath } = this.options.settings();
    if (!agentNotebookPath.startsWith('/')) {
      throw new AcceleratorError(
        'agentMissing',
        'nifiAccelerator.agentNotebookPath names no notebook of the workspace.',
        {
          mend: 'uploadAgent',
        },
      );
    }
    const found = await this.files.status(agentNotebookPath, signal);
    if (found?.object_type !== 'NOTEBOOK') {
      throw new AcceleratorError(
        'agentMissing',
        found === null
          ? `The agent's notebook ${agentNotebookPath} is not in the workspace.`
          : `${agentNotebookPath} is no notebook but a ${found.object_type.toLowerCase()}.`,
        { mend: 'uploadAgent' },
      );
    }
  }

  populate(report: (progress: PopulateProgress) => void, signal: AbortSignal): Promise<PopulateResult> {
    const { volumePath } = this.options.settings();
    return populateFromVolume(this.volumes, this.store, this.fileLooks, volumePath, report, signal);
  }

  async readFlowFile(file: string, signal: AbortSignal): Promise<Uint8Array> {
    // Old systems registered volumes by the file system's scheme, too.
    const path = file.replace(/^dbfs:(?=\/Volumes\/)/, '');
    try {
      return isVolume(path) ? await this.volumes.read(path, signal) : await this.files.read(path, signal);
    } catch (error) {
      if (AcceleratorError.is(error, 'notFound')) {
        throw new AcceleratorError('flowFileMissing', `${file} does not exist any more.`, {
          cause: error,
          mend: 'populateFlows',
        });
      }
      throw error;
    }
  }

  visibleFlowIds(): Promise<null> {
    return Promise.resolve(null);
  }

  /** Whether a volume's file changed is not looked up: it would be one call per flow. */
  sourceStates(flowIds: readonly string[]): Promise<ReadonlyMap<string, SourceState>> {
    return Promise.resolve(new Map(flowIds.map((id) => [id, { exists: true, changedSinceLastAttempt: null }])));
  }

  hasNews(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async tablesAwake(signal: AbortSignal): Promise<boolean> {
    const id = warehouseId(this.options.settings().warehouseHttpPath);
    return id !== null && (await this.warehouses.get(id, signal)).state === 'RUNNING';
  }

  dispose(): void {
    this.changed.dispose();
    void this.sql.close();
    void this.http.close();
  }
}

/** @throws AcceleratorError `badSetting` with the setting's name */
function checkNames(settings: DatabricksSettings): void {
  for (const name of ['catalog', 'schema', 'flowsTable', 'historyTable'] as const) {
    if (!IDENTIFIER.test(settings[name])) {
      throw new AcceleratorError(
        'badSetting',
        settings[name] === ''
          ? `The setting nifiAccelerator.${name} is empty.`
          : `"${settings[name]}" cannot be a name (nifiAccelerator.${name}).`,
        { mend: settings[name] === '' ? 'setUpWorkspace' : 'openSettings' },
      );
    }
  }
  if (settings.host !== '') {
    parseHost(settings.host);
  }
}
