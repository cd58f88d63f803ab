const longestWaitMs = 15_000;

/** LIVE-70: 1 s before the first attempt, then 2 s, 4 s, … */
export function computeBackOffMs(attempt: number): number {
  return Math.min(1000 * 2 ** (attempt - 1), longestWaitMs);
}
