/** The converter's table of processor types, as it ships: which level a type has and what it becomes. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { shortType } from './document/model';

export const LEVELS = ['converted', 'assisted', 'manual', 'not_needed'] as const;
export type Level = (typeof LEVELS)[number];

const tableSchema = z.object({
  types: z.array(
    z.object({
      type: z.string(),
      short: z.string(),
      level: z.enum(LEVELS),
      planned: z.boolean(),
      target: z.string(),
    }),
  ),
});
export type TypeLevel = z.output<typeof tableSchema>['types'][number];

/** Types by full name, and by short name for those whose package moved between versions. */
export class LevelTable {
  private readonly rows = new Map<string, TypeLevel>();

  constructor(types: readonly TypeLevel[]) {
    for (const row of types) {
      if (!this.rows.has(row.short)) this.rows.set(row.short, row);
      this.rows.set(row.type, row);
    }
  }

  /** Null: no processor that the converter knows; it is `manual` then. */
  find(type: string): TypeLevel | null {
    return this.rows.get(type) ?? this.rows.get(shortType(type)) ?? null;
  }

  levelOf(type: string): Level {
    return this.find(type)?.level ?? 'manual';
  }
}

/** Reads `processor_types.json`. Rejects where it is missing or not what it should be. */
export async function readLevelTable(path: string): Promise<LevelTable> {
  return new LevelTable(tableSchema.parse(JSON.parse(await readFile(path, 'utf8'))).types);
}
