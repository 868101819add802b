import { extensions } from 'vscode';
import type { AcceleratorApi } from '../../src/api';

/** Converts a flow and returns the newest rows of its history. */
export async function convert(flowId: string) {
  const extension = extensions.getExtension<AcceleratorApi>('nifi-accelerator.nifi-accelerator');
  if (!extension) throw new Error('The NiFi Accelerator is not installed.');
  const accelerator = await extension.activate();

  const started = await accelerator.startConversion(flowId);
  if (!started.success) throw new Error(started.error.message);

  const answer = await accelerator.getHistory(flowId, { limit: 5 });
  if (!answer.success) throw new Error(answer.error.message);
  return { runId: started.run_id, history: answer.history };
}
