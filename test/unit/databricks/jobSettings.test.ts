/** The job of an attempt, as the Jobs API gets it. */
import assert from 'node:assert/strict';
import { jobSettings } from '../../../src/workspaces/databricks/jobSettings';
import type { DatabricksSettings } from '../../../src/workspaces/databricks/settings';

const SETTINGS: DatabricksSettings = {
  host: 'https://example.com',
  profile: '',
  warehouseHttpPath: '/sql/1.0/warehouses/a',
  catalog: 'main',
  schema: 'default',
  flowsTable: 'nifi_flows',
  historyTable: 'nifi_conversion_history',
  volumePath: '/Volumes/main/default/nifi',
  outputPath: '/Workspace/Shared/out',
  agentNotebookPath: '/Shared/agents/nifi_conversion_agent',
  compute: 'serverless',
  cluster: { spark_version: '15.4.x-scala2.12', num_workers: 2 },
  jobPermissions: [],
  emailOwner: false,
};
const REQUEST = {
  attemptId: 'orders-1_attempt_7',
  flowId: 'orders-1',
  jobName: 'NiFi conversion orders-1_attempt_7',
  owner: 'ann@example.com',
  parameters: {
    flow_id: 'orders-1',
    nifi_xml_path: '/Volumes/main/default/nifi/{{odd}}/orders.xml',
    output_path: '/Workspace/Shared/out/orders-1/orders-1_attempt_7',
    attempt_id: 'orders-1_attempt_7',
    delta_table: 'main.default.nifi_conversion_history',
  },
};
const of = (changes: Partial<DatabricksSettings>, owner: string | null = REQUEST.owner) =>
  jobSettings({ ...REQUEST, owner }, { ...SETTINGS, ...changes });
const taskOf = (job: Record<string, unknown>): Record<string, unknown> =>
  (job['tasks'] as readonly Record<string, unknown>[])[0] ?? {};

describe('the job of an attempt', () => {
  it('is one notebook task with the contract, named and tagged by flow and attempt', () => {
    assert.deepEqual(of({}), {
      name: REQUEST.jobName,
      tags: { nifi_accelerator: 'conversion', nifi_flow_id: 'orders-1', nifi_attempt_id: 'orders-1_attempt_7' },
      max_concurrent_runs: 1,
      queue: { enabled: true },
      tasks: [
        {
          task_key: 'convert',
          notebook_task: {
            notebook_path: '/Shared/agents/nifi_conversion_agent',
            source: 'WORKSPACE',
            base_parameters: { ...REQUEST.parameters, package_path: '/Workspace/Shared/agents' },
          },
          max_retries: 0,
          disable_auto_optimization: true,
        },
      ],
    });
  });

  it('runs on what the settings say, and on nothing else beside', () => {
    const kinds = ['new_cluster', 'existing_cluster_id', 'job_cluster_key', 'environment_key'];
    const compute = (changes: Partial<DatabricksSettings>): unknown =>
      Object.fromEntries(Object.entries(taskOf(of(changes))).filter(([key]) => kinds.includes(key)));
    assert.deepEqual(compute({ compute: 'serverless' }), {});
    assert.deepEqual(compute({ compute: 'jobCluster' }), { new_cluster: SETTINGS.cluster });
    assert.deepEqual(compute({ compute: 'existingCluster', cluster: { existing_cluster_id: '1101-x' } }), {
      existing_cluster_id: '1101-x',
    });
  });

  it('is swapped to another agent by its path alone', () => {
    const other = taskOf(of({ agentNotebookPath: '/Repos/team/my_agent' }));
    assert.deepEqual(other['notebook_task'], {
      notebook_path: '/Repos/team/my_agent',
      source: 'WORKSPACE',
      base_parameters: { ...REQUEST.parameters, package_path: '/Workspace/Repos/team' },
    });
  });

  it('may be seen by whom jobPermissions names', () => {
    const jobPermissions = [
      { group_name: 'data-engineers', permission_level: 'CAN_VIEW' },
      { user_name: 'bob@example.com', permission_level: 'CAN_MANAGE_RUN' },
    ];
    assert.deepEqual(of({ jobPermissions })['access_control_list'], jobPermissions);
    assert.ok(!('access_control_list' in of({})));
  });

  it('tells the owner by email of either end, where that is wanted and the owner is an address', () => {
    const both = { on_success: ['ann@example.com'], on_failure: ['ann@example.com'] };
    assert.deepEqual(of({ emailOwner: true })['email_notifications'], both);
    for (const owner of [null, 'ann', 'ann @example.com']) {
      assert.ok(!('email_notifications' in of({ emailOwner: true }, owner)));
    }
    assert.ok(!('email_notifications' in of({ emailOwner: false })));
  });
});
