/** What the commands of Databricks do: a bundle of its own, loaded with the first of them. */
export { checkConnection } from './checkConnection';
export { chooseCompute } from './compute';
export { offerImport } from './importNotebooks';
export { migrateFlows } from './migrate';
export { openRun } from './openRun';
export { registerFlows } from './registerFlows';
export { setUpWorkspace, uploadAgent } from './setUp';
export { signIn, signOut } from './signIn';
export { startLines } from './startLines';
