/** A process with the built Databricks side: prints what its memory grows by with the first statement, in bytes. */
import { createRequire } from 'node:module';
import * as z from 'zod';
import type * as Databricks from '../../src/workspaces/databricks/index';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';

const orderSchema = z.object({
  bundle: z.string(),
  settings: z.custom<DatabricksSettings>((value) => typeof value === 'object' && value !== null),
  authority: z.string(),
  token: z.string(),
});

async function main(text: string): Promise<void> {
  const { bundle, settings, authority, token } = orderSchema.parse(JSON.parse(text));
  const { createDatabricksWorkspace } = createRequire(__filename)(bundle) as typeof Databricks;
  const workspace = await createDatabricksWorkspace({
    settings: () => settings,
    network: { proxy: '', noProxy: [], extraCa: [authority] },
    env: { DATABRICKS_CONFIG_FILE: '/nonexistent', PATH: '' },
    vault: { token: () => Promise.resolve(token) },
    userAgent: 'nifi-accelerator/0.0.0',
    onWarehouseState: () => undefined,
    log: () => undefined,
  });
  const { signal } = new AbortController();
  await workspace.user(signal);
  const before = used();
  await workspace.sql.execute('SELECT 1', {}, { signal });
  console.log(used() - before);
}

/** Resident bytes after a collection of what is not needed any more. */
function used(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

main(process.argv[2] ?? '').then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
