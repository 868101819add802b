/**
 * The places where conversions can run, each loaded when it is first used: its code is a bundle of its own, so that
 * activation pays for none of them.
 */
import type { Workspace, WorkspaceKind } from '../flows/workspace';
import type * as DatabricksBundle from './databricks/index';
import type { DatabricksWorkspaceOptions } from './databricks/databricksWorkspace';
import type * as LocalBundle from './local/index';
import type { LocalWorkspaceOptions } from './local/options';

/** What the window gives to each workspace when it is opened. */
export interface WorkspaceEnvironments {
  readonly local: LocalWorkspaceOptions;
  readonly databricks: DatabricksWorkspaceOptions;
}

/** Makes a workspace; rejects with `AcceleratorError` where it cannot. */
export type WorkspaceFactories = {
  readonly [K in WorkspaceKind]: (environment: WorkspaceEnvironments[K]) => Promise<Workspace>;
};

/** The local workspace's code. */
export function loadLocalWorkspace(): Promise<typeof LocalBundle> {
  return import('./local/index');
}

/** The Databricks workspace's code, with what sets one up and checks it. */
export function loadDatabricksWorkspace(): Promise<typeof DatabricksBundle> {
  return import('./databricks/index');
}

export const WORKSPACE_FACTORIES: WorkspaceFactories = {
  local: async (environment) => (await loadLocalWorkspace()).createLocalWorkspace(environment),
  databricks: async (environment) => (await loadDatabricksWorkspace()).createDatabricksWorkspace(environment),
};
