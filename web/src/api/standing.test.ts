import { expect, test } from "vitest";
import { computeStanding } from "./standing";

const metric = { name: "Moves", unit: "moves", from: "steps", better: "lower" } as const;

test("the best is the game's own idea of better, and a game without a result counts as an attempt only, one never begun as none", () => {
  const outcomes = [
    { game_id: "Hanoi", metric: 9, n_steps: 9, status: "won" },
    { game_id: "Hanoi", metric: 7, n_steps: 7, status: "won" },
    { game_id: "Hanoi", metric: null, n_steps: 12, status: "lost" },
    { game_id: "Hanoi", metric: 1, n_steps: 1, status: "running" },
    { game_id: "Hanoi", metric: 0, n_steps: 0, status: "incomplete" },
    { game_id: "Other", metric: 2, n_steps: 2, status: "won" },
  ] as const;
  expect(computeStanding({ id: "Hanoi", metric }, outcomes)).toEqual({ attempts: 3, best: 7 });
  expect(computeStanding({ id: "New", metric }, outcomes)).toEqual({ attempts: 0, best: null });
});
