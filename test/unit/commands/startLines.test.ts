import assert from 'node:assert/strict';
import { startLines } from '../../../src/commands/databricks/startLines';

describe('what a bulk start on Databricks starts', () => {
  const cases: readonly [string, Parameters<typeof startLines>, readonly string[]][] = [
    [
      'serverless',
      [3, { compute: 'serverless', cluster: { node_type_id: 'i3.xlarge' } }],
      ['3 flows: 3 new jobs with one run each on Databricks.', 'They run on serverless compute.'],
    ],
    [
      'a cluster for each job',
      [
        40,
        {
          compute: 'jobCluster',
          cluster: { spark_version: '15.4.x-scala2.12', node_type_id: 'i3.xlarge', num_workers: 2 },
        },
      ],
      [
        '40 flows: 40 new jobs with one run each on Databricks.',
        '40 new clusters, each of a driver and 2 workers (i3.xlarge) with 15.4.x-scala2.12.',
      ],
    ],
    [
      'clusters that grow, of a pool',
      [
        2,
        {
          compute: 'jobCluster',
          cluster: {
            spark_version: '16.4.x-scala2.13',
            instance_pool_id: 'pool-7',
            autoscale: { min_workers: 1, max_workers: 4 },
          },
        },
      ],
      [
        '2 flows: 2 new jobs with one run each on Databricks.',
        '2 new clusters, each of a driver and 1 to 4 workers (pool pool-7) with 16.4.x-scala2.13.',
      ],
    ],
    [
      'single nodes',
      [2, { compute: 'jobCluster', cluster: { spark_version: '15.4.x', node_type_id: 'm5d.large', num_workers: 0 } }],
      ['2 flows: 2 new jobs with one run each on Databricks.', '2 new clusters, each a single m5d.large with 15.4.x.'],
    ],
    [
      'an existing cluster',
      [2, { compute: 'existingCluster', cluster: { existing_cluster_id: '1101-120000-abc' } }],
      ['2 flows: 2 new jobs with one run each on Databricks.', 'All run on the existing cluster 1101-120000-abc.'],
    ],
  ];
  for (const [name, [count, settings], lines] of cases) {
    it(name, () => assert.deepEqual(startLines(count, settings), lines));
  }
});
