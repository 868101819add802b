/** What the Databricks workspace's bundle hands out; everything in it is loaded with the first use. */
import { DatabricksWorkspace, type DatabricksWorkspaceOptions } from './databricksWorkspace';

export type { DatabricksWorkspaceOptions } from './databricksWorkspace';

export function createDatabricksWorkspace(options: DatabricksWorkspaceOptions): Promise<DatabricksWorkspace> {
  return DatabricksWorkspace.open(options);
}
