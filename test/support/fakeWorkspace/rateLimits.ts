/** Calls a second that the platform takes, by its documented limits; who comes too often is asked to wait. */

const PER_SECOND: Readonly<Record<string, number>> = {
  'POST /api/2.2/jobs/create': 20,
  'POST /api/2.2/jobs/run-now': 20,
  'GET /api/2.2/jobs/runs/get': 100,
  'POST /api/2.0/workspace/import': 30,
  'GET /api/2.0/workspace/export': 60,
};

export class RateLimits {
  private readonly calls = new Map<string, number[]>();

  /** Whether a call is one too many for the last second; those that are count for nothing. */
  refuse(name: string): boolean {
    const limit = PER_SECOND[name];
    if (limit === undefined) {
      return false;
    }
    const now = Date.now();
    const recent = (this.calls.get(name) ?? []).filter((at) => now - at < 1000);
    const refused = recent.length >= limit;
    this.calls.set(name, refused ? recent : [...recent, now]);
    return refused;
  }
}
