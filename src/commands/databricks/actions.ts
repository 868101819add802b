/** What the commands of Databricks do: a bundle of its own, loaded with the first of them. */
export { checkConnection } from './checkConnection';
export { openRun, registerFlows } from './flows';
export { offerImport } from './importNotebooks';
export { chooseCompute, migrateFlows, setUpWorkspace, uploadAgent } from './setUp';
export { signIn, signOut } from './signIn';
export { startLines } from './startLines';
