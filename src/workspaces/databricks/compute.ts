/** What the workspace offers to run jobs on. */
import * as z from 'zod/mini';

import type { ComputeOptions, Option } from '../../flows/administration';
import type { RestClient } from './rest/restClient';

const versions = z.object({ versions: z.optional(z.array(z.object({ key: z.string(), name: z.string() }))) });
const nodeTypes = z.object({
  node_types: z.optional(
    z.array(
      z.object({
        node_type_id: z.string(),
        memory_mb: z.optional(z.number()),
        num_cores: z.optional(z.number()),
        is_deprecated: z.optional(z.boolean()),
      }),
    ),
  ),
});
const clusters = z.object({
  next_page_token: z.optional(z.string()),
  clusters: z.optional(
    z.array(
      z.object({
        cluster_id: z.string(),
        cluster_name: z.optional(z.string()),
        state: z.optional(z.string()),
        cluster_source: z.optional(z.string()),
      }),
    ),
  ),
});

/** From here on the converter's notebooks run as they are. */
const SUGGESTED_RUNTIME = 15.4;

export async function computeOptions(rest: RestClient, signal: AbortSignal): Promise<ComputeOptions> {
  const [runtimes, types, existing] = await Promise.all([
    rest.json({ method: 'GET', path: '/api/2.1/clusters/spark-versions', what: 'list the runtimes' }, versions, signal),
    rest.json(
      { method: 'GET', path: '/api/2.1/clusters/list-node-types', what: 'list the node types' },
      nodeTypes,
      signal,
    ),
    listClusters(rest, signal),
  ]);
  return {
    runtimes: (runtimes.versions ?? [])
      .map(({ key, name }) => ({ value: key, label: name, detail: key }))
      .sort((a, b) => rank(b) - rank(a)),
    nodeTypes: (types.node_types ?? [])
      .filter((type) => type.is_deprecated !== true)
      .map((type) => ({
        value: type.node_type_id,
        label: type.node_type_id,
        detail: [
          type.num_cores === undefined ? '' : `${type.num_cores} cores`,
          type.memory_mb === undefined ? '' : `${Math.round(type.memory_mb / 1024)} GB`,
        ]
          .filter((part) => part !== '')
          .join(', '),
      })),
    clusters: existing,
  };
}

async function listClusters(rest: RestClient, signal: AbortSignal): Promise<readonly Option[]> {
  const all: Option[] = [];
  const call = { method: 'GET', path: '/api/2.1/clusters/list', what: 'list the clusters' } as const;
  for await (const page of rest.pages(call, clusters, signal)) {
    for (const { cluster_id: value, cluster_name: label, state, cluster_source: source } of page.clusters ?? []) {
      // Clusters of other jobs end with their jobs.
      if (source !== 'JOB') all.push({ value, label: label ?? value, detail: `${state ?? ''} ${value}`.trim() });
    }
  }
  return all;
}

/** Long-term support of the suggested version or later first, then by version. */
function rank({ value, label }: Option): number {
  const version = Number.parseFloat(/^(\d+\.\d+)/.exec(value)?.[1] ?? '0');
  const stable = /\bLTS\b/.test(label) && version >= SUGGESTED_RUNTIME ? 1000 : 0;
  const plain = /-(gpu|ml|photon|aarch64)/.test(value) ? -500 : 0;
  return stable + plain + version;
}
