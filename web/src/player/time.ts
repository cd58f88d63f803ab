/** The clocks and timers the player goes by; tests bring their own (`manual-time.ts`). */
export interface Time {
  /** Client time of LIVE.md: monotonic, microseconds, the same origin as the page's `event.timeStamp`. */
  nowUs(): number;
  utcMs(): number;
  /** Runs once, later; the answer calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

export const browserTime = makeBrowserTime(performance.timeOrigin);

/** Each thread's clock counts from a moment of its own; this one counts from the page's, `pageTimeOriginMs`, whichever thread it runs in. */
export function makeBrowserTime(pageTimeOriginMs: number): Time {
  const aheadMs = performance.timeOrigin - pageTimeOriginMs;
  return {
    nowUs: () => toUs(performance.now() + aheadMs),
    utcMs: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

export function toUs(ms: number): number {
  return Math.round(ms * 1000);
}

/** The smallest step the browser's clock was seen to make; it says how much a client time can be trusted. */
export function measureClockStepUs(nowMs: () => number = () => performance.now()): number {
  let smallestMs = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < 20; sample += 1) {
    const startMs = nowMs();
    let laterMs = nowMs();
    while (laterMs === startMs) laterMs = nowMs();
    smallestMs = Math.min(smallestMs, laterMs - startMs);
  }
  return Math.round(smallestMs * 1e6) / 1000;
}
