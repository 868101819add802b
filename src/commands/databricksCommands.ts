/** The commands that only Databricks has. What they do is loaded with the first of them. */
import type { CommandRegistry } from './registry';
import type { CommandServices } from './services';

const actions = async () => import('./databricks/actions');

export function registerDatabricksCommands(registry: CommandRegistry, services: CommandServices): void {
  registry.register('signIn', async (_args, signal) => (await actions()).signIn(services, signal));
  registry.register('signOut', async () => (await actions()).signOut(services));
  registry.register('setUpWorkspace', async (_args, signal) => (await actions()).setUpWorkspace(services, signal));
  registry.register('uploadAgent', async (_args, signal) => (await actions()).uploadAgent(services, signal));
  registry.register('pickCompute', async (_args, signal) => (await actions()).chooseCompute(services, signal));
  registry.register('migrateFlows', async (_args, signal) => (await actions()).migrateFlows(services, signal));
  registry.register('openRun', async (args, signal) => (await actions()).openRun(services, args, signal));
  registry.register('registerFlows', async (args, signal) => (await actions()).registerFlows(services, args, signal));
}
