/** `Administration` over a Databricks workspace. */
import { posix } from 'node:path';

import type {
  Administration,
  CheckRow,
  ComputeOptions,
  FlowUpload,
  MigrationLine,
  Option,
  SetUpResult,
  SetUpStep,
  SignInState,
} from '../../flows/administration';
import { AcceleratorError } from '../../flows/errors';
import { mapParallel } from '../../flows/parallel';
import type { PopulateResult } from '../../flows/workspace';
import { checkConnection } from './checkConnection';
import { computeOptions } from './compute';
import type { DatabricksWorkspace, DatabricksWorkspaceOptions } from './databricksWorkspace';
import { registerFromVolume } from './populate';
import { agentsFolder, REAL_AGENT, uploadAgents } from './setUp/agents';
import { migrate, planSetUp, setUp, type SetUpOptions } from './setUp/setUp';
import { UnityCatalog, volumeOf } from './unityCatalog';
import type { VolumeEntry } from './volumeFiles';

/** Catalogs that Databricks brings and nobody writes to. */
const NOT_WRITABLE = new Set(['system', 'samples', '__databricks_internal']);

const UPLOADS_AT_A_TIME = 8;

export class DatabricksAdministration implements Administration {
  private readonly unity: UnityCatalog;

  constructor(
    private readonly workspace: DatabricksWorkspace,
    private readonly options: Pick<DatabricksWorkspaceOptions, 'settings'> & { readonly extensionPath: string },
  ) {
    this.unity = new UnityCatalog(workspace.rest);
  }

  async signIn(signal: AbortSignal): Promise<SignInState> {
    const user = await this.workspace.user(signal);
    const { host, signedIn } = this.workspace;
    return { host, user, source: signedIn?.label ?? '', expiresAt: signedIn?.expiresAt ?? null };
  }

  check(signal: AbortSignal): Promise<readonly CheckRow[]> {
    return checkConnection(this.workspace, this.options.settings(), signal);
  }

  async warehouses(signal: AbortSignal): Promise<readonly Option[]> {
    return (await this.workspace.warehouses.list(signal)).map((one) => ({
      value: one.odbc_params?.path ?? `/sql/1.0/warehouses/${one.id}`,
      label: one.name,
      detail: [
        one.enable_serverless_compute === true ? 'serverless' : (one.warehouse_type ?? '').toLowerCase(),
        one.cluster_size ?? '',
        one.state.toLowerCase(),
        one.auto_stop_mins === undefined ? '' : `stops after ${one.auto_stop_mins} idle minutes`,
      ]
        .filter((part) => part !== '')
        .join(', '),
    }));
  }

  async catalogs(signal: AbortSignal): Promise<readonly Option[]> {
    return (await this.unity.catalogs(signal)).filter(({ name }) => !NOT_WRITABLE.has(name)).map(optionOf);
  }

  async schemas(catalog: string, signal: AbortSignal): Promise<readonly Option[]> {
    return (await this.unity.schemas(catalog, signal))
      .filter(({ name }) => name !== 'information_schema')
      .map(optionOf);
  }

  async volumes(catalog: string, schema: string, signal: AbortSignal): Promise<readonly Option[]> {
    return (await this.unity.volumes(catalog, schema, signal)).map(({ name, comment }) => ({
      value: `/Volumes/${catalog}/${schema}/${name}`,
      label: name,
      detail: comment ?? '',
    }));
  }

  computeOptions(signal: AbortSignal): Promise<ComputeOptions> {
    return computeOptions(this.workspace.rest, signal);
  }

  planSetUp(signal: AbortSignal): Promise<readonly SetUpStep[]> {
    return planSetUp(this.setUpOptions, signal);
  }

  setUp(report: (result: SetUpResult) => void, signal: AbortSignal): Promise<readonly SetUpResult[]> {
    return setUp(this.setUpOptions, report, signal);
  }

  async uploadAgents(report: (done: number, total: number) => void, signal: AbortSignal): Promise<string> {
    const target = agentsFolder(this.options.settings().agentNotebookPath);
    await uploadAgents(this.workspace.files, this.options.extensionPath, target, report, signal);
    return posix.join(target, REAL_AGENT);
  }

  migrate(report: (statement: number, of: number) => void, signal: AbortSignal): Promise<readonly MigrationLine[]> {
    return migrate(this.setUpOptions, report, signal);
  }

  async filesThere(names: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const there = await mapParallel(names, UPLOADS_AT_A_TIME, async (name) =>
      (await this.workspace.volumes.fileExists(this.pathInVolume(name), signal)) ? [name] : [],
    );
    return there.flat();
  }

  async registerFiles(
    files: readonly FlowUpload[],
    report: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<PopulateResult> {
    const { workspace } = this;
    const folders = new Set(files.map(({ name }) => posix.dirname(this.pathInVolume(name))));
    await mapParallel([...folders], UPLOADS_AT_A_TIME, (folder) => workspace.volumes.makeFolder(folder, signal));
    let done = 0;
    const entries = await mapParallel(files, UPLOADS_AT_A_TIME, async (file): Promise<VolumeEntry> => {
      signal.throwIfAborted();
      const path = this.pathInVolume(file.name);
      const content = await file.read();
      await workspace.volumes.write(path, content, signal);
      report((done += 1), files.length);
      return { name: posix.basename(path), path, file_size: content.length };
    });
    const { volumePath } = this.options.settings();
    return registerFromVolume(workspace.volumes, workspace.store, volumePath, entries, signal);
  }

  private pathInVolume(name: string): string {
    const { volumePath } = this.options.settings();
    if (volumeOf(volumePath) === null) {
      throw new AcceleratorError('badSetting', 'No volume is chosen that the flow could be copied to.', {
        mend: 'setUpWorkspace',
      });
    }
    return posix.join(volumePath, posix.normalize(`/${name}`));
  }

  dispose(): void {
    this.workspace.dispose();
  }

  private get setUpOptions(): SetUpOptions {
    return {
      workspace: this.workspace,
      settings: this.options.settings(),
      extensionPath: this.options.extensionPath,
    };
  }
}

function optionOf({ name, comment }: { readonly name: string; readonly comment?: string | null | undefined }): Option {
  return { value: name, label: name, detail: comment ?? '' };
}
