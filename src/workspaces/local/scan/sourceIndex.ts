/** Where each known flow's source is. Output folders depend on it, and they are asked for without waiting. */
import * as z from 'zod/mini';
import { AcceleratorError } from '../../../flows/errors';
import type { SqlClient } from '../../sql/sqlClient';

const rowsSchema = z.array(z.object({ flow_id: z.string(), nifi_xml_path: z.string() }));

export class SourceIndex {
  private paths: ReadonlyMap<string, string> = new Map();

  /** @param flows the quoted name of the flows' table */
  constructor(
    private readonly client: SqlClient,
    private readonly flows: string,
  ) {}

  /** As of the last loading. */
  pathOf(flowId: string): string | null {
    return this.paths.get(flowId) ?? null;
  }

  /** Reads all flows' paths again: two columns, however long the history is. */
  async load(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const sql = `SELECT flow_id, nifi_xml_path FROM ${this.flows}`;
    const parsed = rowsSchema.safeParse((await this.client.execute(sql, {}, { signal, idempotent: true })).rows);
    if (!parsed.success) {
      throw new AcceleratorError('badData', `The flows' paths cannot be read: ${z.prettifyError(parsed.error)}`, {
        mend: 'showLog',
      });
    }
    this.paths = new Map(parsed.data.map((row) => [row.flow_id, row.nifi_xml_path]));
    return this.paths;
  }
}
