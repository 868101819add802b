/** The body of jobs/create for one attempt. */
import type { JobRequest } from '../../flows/jobRunner';
import type { DatabricksSettings } from './settings';
import { packageFolder } from './setUp/agents';

/** Tags by which our jobs are known again; retention touches no job without them. */
export const JOB_TAG = {
  product: 'nifi_accelerator',
  productValue: 'conversion',
  flow: 'nifi_flow_id',
  attempt: 'nifi_attempt_id',
} as const;

const TASK_KEY = 'convert';

/** Only ids and paths become parameters, never text of the flow: `{{…}}` in a value would be evaluated. */
export function jobSettings(request: JobRequest, settings: DatabricksSettings): Record<string, unknown> {
  return {
    name: request.jobName,
    tags: {
      [JOB_TAG.product]: JOB_TAG.productValue,
      [JOB_TAG.flow]: request.flowId,
      [JOB_TAG.attempt]: request.attemptId,
    },
    max_concurrent_runs: 1,
    // Off by default for jobs made by API: over the limit of parallel runs they would be skipped instead of waiting.
    queue: { enabled: true },
    tasks: [
      {
        task_key: TASK_KEY,
        notebook_task: {
          notebook_path: settings.agentNotebookPath,
          source: 'WORKSPACE',
          // The package lies beside the agent; a job's own folder is not promised to be its notebook's.
          base_parameters: { ...request.parameters, package_path: packageFolder(settings.agentNotebookPath) },
        },
        max_retries: 0,
        // Serverless repeats a failed task by itself otherwise: two runs of one attempt.
        disable_auto_optimization: true,
        ...compute(settings),
      },
    ],
    ...(settings.jobPermissions.length === 0 ? {} : { access_control_list: settings.jobPermissions }),
    ...(settings.emailOwner && isEmail(request.owner)
      ? { email_notifications: { on_success: [request.owner], on_failure: [request.owner] } }
      : {}),
  };
}

function compute({ compute, cluster }: DatabricksSettings): Record<string, unknown> {
  switch (compute) {
    case 'serverless':
      return {};
    case 'jobCluster':
      return { new_cluster: cluster };
    case 'existingCluster':
      return { existing_cluster_id: cluster['existing_cluster_id'] };
  }
}

function isEmail(owner: string | null): owner is string {
  return owner !== null && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(owner);
}
