/**
 * Runs a job for each item, so many at a time, and gives the results in the items' order. The job handles its own
 * errors: the first that escapes rejects the whole, after those that run have ended.
 */
export async function mapParallel<T, R>(
  items: readonly T[],
  parallelism: number,
  job: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const entries = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) {
      results.set(index, await job(item));
    }
  };
  const workers = Array.from({ length: Math.max(1, Math.min(parallelism, items.length)) }, worker);
  const outcomes = await Promise.allSettled(workers);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      throw outcome.reason;
    }
  }
  return items.flatMap((_item, index) => {
    const result = results.get(index);
    return result === undefined ? [] : [result];
  });
}
