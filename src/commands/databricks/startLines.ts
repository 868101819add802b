/** What a bulk start on Databricks starts, in words: jobs, runs, and what they run on. Pure. */
import type { DatabricksSettingValues } from '../../platform/databricks';
import { formatCount } from '../../views/format';

/** @param count flows that start */
export function startLines(
  count: number,
  { compute, cluster }: Pick<DatabricksSettingValues, 'compute' | 'cluster'>,
): readonly string[] {
  const jobs = `${formatCount(count, 'flow')}: ${formatCount(count, 'new job')} with one run each on Databricks.`;
  switch (compute) {
    case 'serverless':
      return [jobs, 'They run on serverless compute.'];
    case 'existingCluster':
      return [jobs, `All run on the existing cluster ${textOf(cluster['existing_cluster_id'])}.`];
    case 'jobCluster':
      return [jobs, `${formatCount(count, 'new cluster')}, each ${clusterOf(cluster)}.`];
  }
}

function clusterOf(cluster: DatabricksSettingValues['cluster']): string {
  const runtime = textOf(cluster['spark_version']);
  const node =
    typeof cluster['node_type_id'] === 'string'
      ? cluster['node_type_id']
      : typeof cluster['instance_pool_id'] === 'string'
        ? `pool ${cluster['instance_pool_id']}`
        : 'the policy’s node type';
  const workers = workersOf(cluster);
  return workers === '0'
    ? `a single ${node} with ${runtime}`
    : `of a driver and ${workers} ${workers === '1' ? 'worker' : 'workers'} (${node}) with ${runtime}`;
}

function workersOf(cluster: DatabricksSettingValues['cluster']): string {
  const scale = cluster['autoscale'];
  if (typeof scale === 'object' && scale !== null && 'min_workers' in scale && 'max_workers' in scale) {
    return `${String(scale.min_workers)} to ${String(scale.max_workers)}`;
  }
  const fixed = cluster['num_workers'];
  return typeof fixed === 'number' ? String(fixed) : '0';
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '(none named)');
