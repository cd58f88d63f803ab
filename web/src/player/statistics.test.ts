import { expect, test } from "vitest";
import { computeRate } from "./client-description";
import { Statistics } from "./statistics";
import { measureClockStepUs } from "./time";

test("pictures are counted over the last second, and one slow answer does not move the latency", () => {
  const statistics = new Statistics();
  for (let index = 0; index < 120; index += 1) statistics.drawn(index * 16_667);
  for (const us of [12_000, 11_000, 900_000, 12_000]) statistics.roundTrip(us);
  expect(statistics.read(120 * 16_667)).toEqual({ latencyMs: 12, picturesPerS: 59 });
});

test("a late frame does not change the display's rate", () => {
  expect(computeRate([0, 16.67, 33.33, 83.3, 99.97, 116.64])).toBe(60);
  expect(computeRate([5])).toBeNull();
});

test("the clock's step is the smallest that it was seen to make", () => {
  let calls = 0;
  const nowMs = () => Math.floor(calls++ / 3) * 0.005;
  expect(measureClockStepUs(nowMs)).toBe(5);
});
