/** What the Databricks workspace is told; `platform/` reads it from VS Code's settings. */

export type Compute = 'serverless' | 'jobCluster' | 'existingCluster';

export interface JobPermission {
  readonly groupName: string;
  readonly level: 'CAN_VIEW' | 'CAN_MANAGE_RUN';
}

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
  readonly jobPermissions: JobPermission | null;
  readonly emailOwner: boolean;
}
