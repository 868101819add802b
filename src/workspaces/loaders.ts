/**
 * The places where conversions can run, each loaded when it is first used: its code is a bundle of its own, so that
 * activation pays for none of them.
 */
import type { Workspace, WorkspaceKind } from '../flows/workspace';
import type * as LocalBundle from './local/index';
import type { LocalWorkspaceOptions } from './local/options';

/** What the window gives to whichever workspace is opened. */
export type WorkspaceEnvironment = LocalWorkspaceOptions;

/** Makes a workspace; rejects with `AcceleratorError` where it cannot. */
export type WorkspaceFactory = (environment: WorkspaceEnvironment) => Promise<Workspace>;

/** The local workspace's code. */
export function loadLocalWorkspace(): Promise<typeof LocalBundle> {
  return import('./local/index');
}

/** Null: this version cannot run there. */
export const WORKSPACE_FACTORIES: Readonly<Record<WorkspaceKind, WorkspaceFactory | null>> = {
  local: async (environment) => (await loadLocalWorkspace()).createLocalWorkspace(environment),
  databricks: null,
};
