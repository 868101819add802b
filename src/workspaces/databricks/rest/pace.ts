/**
 * Calls that Databricks limits per second and workspace. Coming as fast as it goes would starve single calls: those that were
 * refused wait while others take their place.
 */
import pThrottle from 'p-throttle';

/** Wraps calls so that at most so many begin in any second. The documented limits leave room for others in the workspace. */
export function paced(callsPerSecond: number): ReturnType<typeof pThrottle> {
  return pThrottle({ limit: callsPerSecond, interval: 1000, strict: true });
}
