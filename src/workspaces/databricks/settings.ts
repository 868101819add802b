/** What the Databricks workspace is told; `platform/` reads it from VS Code's settings. */

export type Compute = 'serverless' | 'jobCluster' | 'existingCluster';

export interface DatabricksSettings {
  readonly host: string;
  readonly profile: string;
  readonly warehouseHttpPath: string;
  readonly catalog: string;
  readonly schema: string;
  readonly flowsTable: string;
  readonly historyTable: string;
  readonly volumePath: string;
  readonly outputPath: string;
  readonly agentNotebookPath: string;
  readonly compute: Compute;
  /** `new_cluster` of the Jobs API, or `{existing_cluster_id}`; handed on as it is. */
  readonly cluster: Readonly<Record<string, unknown>>;
  /** Entries of the Jobs API's `access_control_list`: who else may see or manage an attempt's job. */
  readonly jobPermissions: readonly Readonly<Record<string, string>>[];
  readonly emailOwner: boolean;
}
