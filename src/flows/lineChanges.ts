/** How many lines two texts differ by. */
import { diffLines } from 'diff';

/** Texts that have hardly a line in common would take long, and then the figures say no more than "changed". */
const LONGEST_MS = 300;

/** Null where telling would take too long. */
export function lineChanges(
  before: string,
  after: string,
): { readonly added: number; readonly removed: number } | null {
  const parts = diffLines(before, after, { timeout: LONGEST_MS });
  if (parts === undefined) {
    return null;
  }
  const sum = (fits: (part: { added: boolean; removed: boolean }) => boolean): number =>
    parts.filter(fits).reduce((total, part) => total + part.count, 0);
  return { added: sum((part) => part.added), removed: sum((part) => part.removed) };
}
