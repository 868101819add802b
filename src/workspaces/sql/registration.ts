/** Which flows of a scan are new: by path first, so that ids of an old system are kept. */
import * as z from 'zod/mini';
import { AcceleratorError } from '../../flows/errors';
import type { FlowRegistration, RegistrationResult } from '../../flows/flowStore';
import type { SqlRow } from './sqlClient';
import type { TextRow } from './dialect';

const knownFlow = z.object({
  flow_id: z.string(),
  flow_name: z.string(),
  server: z.string(),
  nifi_xml_path: z.string(),
  description: z.nullish(z.string()),
});
type KnownFlow = z.infer<typeof knownFlow>;

export interface RegistrationPlan {
  readonly result: RegistrationResult;
  readonly insert: readonly TextRow[];
  readonly update: readonly TextRow[];
}

/**
 * A known path keeps its row and id; its name and server follow the scan, its description only where it had none, since
 * a person may have written it.
 */
export function planRegistration(flows: readonly FlowRegistration[], rows: readonly SqlRow[]): RegistrationPlan {
  const byPath = new Map<string, KnownFlow>();
  const ids = new Set<string>();
  for (const row of rows) {
    const parsed = z.safeParse(knownFlow, row);
    if (!parsed.success) {
      throw new AcceleratorError(
        'badData',
        `The flows table has a row that cannot be read: ${String(row['flow_id'])}.`,
      );
    }
    byPath.set(parsed.data.nifi_xml_path, parsed.data);
    ids.add(parsed.data.flow_id);
  }
  const added: string[] = [];
  const updated: string[] = [];
  const unchanged: string[] = [];
  const refused: string[] = [];
  const insert: TextRow[] = [];
  const update: TextRow[] = [];
  for (const flow of new Map(flows.map((each) => [each.nifiXmlPath, each])).values()) {
    const known = byPath.get(flow.nifiXmlPath);
    const row = {
      flow_id: known?.flow_id ?? flow.flowId,
      flow_name: flow.flowName,
      server: flow.server,
      nifi_xml_path: flow.nifiXmlPath,
      description: flow.description,
    };
    if (known !== undefined) {
      const same =
        known.flow_name === flow.flowName &&
        known.server === flow.server &&
        (flow.description === null || (known.description ?? null) !== null);
      (same ? unchanged : updated).push(known.flow_id);
      if (!same) {
        update.push(row);
      }
    } else if (ids.has(flow.flowId)) {
      refused.push(flow.flowId);
    } else {
      ids.add(flow.flowId);
      added.push(flow.flowId);
      insert.push(row);
    }
  }
  return { result: { added, updated, unchanged, refused }, insert, update };
}
