import { expect, test } from "vitest";
import { computeBackOffMs } from "./back-off";

test("LIVE-70: a client waits a moment, then 1 s, 2 s, 4 s … up to 15 s", () => {
  expect([1, 2, 3, 4, 5, 6, 99].map(computeBackOffMs)).toEqual([200, 1000, 2000, 4000, 8000, 15_000, 15_000]);
});
