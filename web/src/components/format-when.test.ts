import { expect, test } from "vitest";
import { formatProgress } from "./format-progress";
import { formatWhen } from "./format-when";

test("a moment is told as one speaks of it", () => {
  const now = new Date(2026, 4, 3, 18, 0);
  expect(formatWhen(new Date(2026, 4, 3, 9, 5).toISOString(), now)).toBe("09:05");
  expect(formatWhen(new Date(2026, 4, 2, 9, 5).toISOString(), now)).toBe("2 May");
  expect(formatWhen(new Date(2025, 4, 3).toISOString(), now)).toBe("3 May 2025");
});

test("a game that goes on tells its moves, or its time where it runs by the clock", () => {
  const turns = { pacing: { mode: "turn", tick_hz: null } } as const;
  expect(formatProgress(turns, 1)).toBe("1 move so far");
  expect(formatProgress(turns, 12)).toBe("12 moves so far");
  expect(formatProgress({ pacing: { mode: "realtime", tick_hz: 60 } }, 3900)).toBe("1:05 played so far");
});
