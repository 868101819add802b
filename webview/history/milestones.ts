/** Progress is spoken at the quarters only: each step would drown everything else. */

const MILESTONES = [75, 50, 25] as const;

/** The highest quarter that was passed from one percentage to the next; null where none was. */
export function progressMilestone(before: number | null, now: number | null): number | null {
  if (now === null) {
    return null;
  }
  return MILESTONES.find((milestone) => (before ?? 0) < milestone && now >= milestone) ?? null;
}
