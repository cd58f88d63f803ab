import { expect, test } from "vitest";
import { browserTime, makeBrowserTime } from "./time";

test("LIVE-33, LIVE-52: a thread that began a second after the page tells the page's time", () => {
  const ofWorker = makeBrowserTime(performance.timeOrigin - 1000);
  const [before, told, after] = [browserTime.nowUs(), ofWorker.nowUs(), browserTime.nowUs()];
  expect(told - 1_000_000).toBeGreaterThanOrEqual(before - 1);
  expect(told - 1_000_000).toBeLessThanOrEqual(after + 1);
});
