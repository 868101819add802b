/** What each attempt was made from and where it wrote: kept for good, whatever retention removes. */
import * as z from 'zod/mini';
import { AcceleratorError } from '../../../flows/errors';
import type { SqlClient } from '../../sql/sqlClient';

const convertedSchema = z.object({
  flow_id: z.string(),
  source_sha256: z.string(),
  source_size: z.number(),
  source_modified_ms: z.number(),
});
const pathSchema = z.object({ output_path: z.string() });

/** What tells one content of a file from another. Size and time spare most hashing. */
export interface SourceStamp {
  readonly sha256: string;
  readonly size: number;
  /** Milliseconds since 1970, whole. */
  readonly modified: number;
}

export interface OutputNote {
  readonly attemptId: string;
  readonly flowId: string;
  readonly outputPath: string;
  /** The source file as it was when the attempt began. */
  readonly source: SourceStamp;
  readonly createdAt: string;
}

export class OutputTable {
  /** @param history the quoted name of the history table in the same file */
  constructor(
    private readonly client: SqlClient,
    private readonly history: string,
  ) {}

  async note(note: OutputNote, signal: AbortSignal): Promise<void> {
    await this.client.execute(
      `INSERT OR IGNORE INTO local_outputs
         (attempt_id, flow_id, output_path, source_sha256, source_size, source_modified_ms, created_at)
       VALUES (:attemptId, :flowId, :outputPath, :sha256, :size, :modified, :createdAt)`,
      {
        attemptId: note.attemptId,
        flowId: note.flowId,
        outputPath: note.outputPath,
        createdAt: note.createdAt,
        ...note.source,
      },
      { signal },
    );
  }

  /** The folders that attempts were given. */
  async paths(signal: AbortSignal): Promise<readonly string[]> {
    const sql = 'SELECT output_path FROM local_outputs';
    const { rows } = await this.client.execute(sql, {}, { signal, idempotent: true });
    return rows.map((row) => parsed(pathSchema, row).output_path);
  }

  /** By flow, the source that its newest ended attempt converted. */
  async convertedSources(flowIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, SourceStamp>> {
    const { rows } = await this.client.execute(
      `SELECT o.flow_id, o.source_sha256, o.source_size, o.source_modified_ms
       FROM local_outputs o
       JOIN ${this.history} h ON h.attempt_id = o.attempt_id
       WHERE o.flow_id IN (SELECT value FROM json_each(:flowIds)) AND h.status IN ('SUCCESS', 'FAILED')
       ORDER BY h.attempt_number`,
      { flowIds: JSON.stringify(flowIds) },
      { signal, idempotent: true },
    );
    // Later rows take the place of earlier ones.
    return new Map(
      rows
        .map((row) => parsed(convertedSchema, row))
        .map((row) => [
          row.flow_id,
          { sha256: row.source_sha256, size: row.source_size, modified: row.source_modified_ms },
        ]),
    );
  }
}

function parsed<T extends z.ZodMiniType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AcceleratorError('badData', `A row of the local outputs cannot be read: ${z.prettifyError(result.error)}`, {
    mend: 'showLog',
  });
}
