import { expect, test } from "vitest";
import { compareWithBest, compareWithOptimum, measureDistance } from "./compare-best";

const points = { better: "higher", unit: "points" } as const;
const moves = { better: "lower", unit: "moves" } as const;

test.each([
  [0, { share: 0, isPassed: false, words: "40 to go" }],
  [30, { share: 0.75, isPassed: false, words: "10 to go" }],
  [40, { share: 1, isPassed: false, words: "Level" }],
  [1052, { share: 1, isPassed: true, words: "+1,012" }],
])("%i points of a best of 40", (value, distance) => {
  expect(measureDistance(points, value, 40)).toEqual(distance);
});

test("nothing is said before the end of few moves, of a score that begins above one's best, or without a best", () => {
  expect(measureDistance(moves, 3, 9)).toBeNull();
  expect(measureDistance(points, 0, -8)).toBeNull();
  expect(measureDistance(points, 12, null)).toBeNull();
});

test.each([
  [points, 52, 40, true, "Your best so far: 12 points more than before."],
  [points, 41, 40, true, "Your best so far: 1 point more than before."],
  [points, 40, 40, false, "Level with your best."],
  [points, 28, 40, false, "12 points less than your best, 40."],
  [moves, 7, 9, true, "Your best so far: 2 moves fewer than before."],
  [moves, 10, 9, false, "1 move more than your best, 9."],
])("the end: %j, %i after %i", (metric, value, best, isRecord, words) => {
  expect(compareWithBest(metric, value, best, true)).toEqual({ isRecord, words });
});

test("the end of a first game, and of one that does not count", () => {
  expect(compareWithBest(points, 5, null, true)).toMatchObject({ isRecord: true });
  expect(compareWithBest(points, 99, 40, false)).toEqual({
    isRecord: false,
    words: "It doesn't count. Your best stays 40.",
  });
  expect(compareWithBest(points, 99, null, false)).toEqual({ isRecord: false, words: null });
});

test("the fewest possible", () => {
  expect(compareWithOptimum(9, 7)).toBe("You needed 9; 7 is the fewest possible.");
  expect(compareWithOptimum(7, 7)).toBe("7 is the fewest possible. It can't be done better.");
});
