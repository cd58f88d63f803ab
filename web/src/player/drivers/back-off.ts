const longestWaitMs = 15_000;

const firstWaitMs = 200;

/** LIVE-70: a moment before the first attempt, since a game whose process died is there again at once; then 1 s, 2 s, 4 s, … */
export function computeBackOffMs(attempt: number): number {
  return attempt === 1 ? firstWaitMs : Math.min(1000 * 2 ** (attempt - 2), longestWaitMs);
}
