import { expect, test } from "vitest";
import type { Game, OwnGame } from "./client";
import { changeOwnGame, findBest, findRunning } from "./own-games";
import { playedHere } from "./played-here";

const metric: Game["metric"] = { name: "Moves", unit: "moves", from: "steps", better: "lower" };
const options: Game["options"] = [
  {
    name: "discs",
    say: "Discs",
    default: 3,
    values: [
      { value: 3, say: "" },
      { value: 4, say: "" },
    ],
  },
];
const game = { metric, options };
const [own] = changeOwnGame([], "Hanoi", () => ({
  best: [
    { options: { discs: 3 }, metric: 9 },
    { options: {}, metric: 7 },
    { options: { discs: 4 }, metric: 1 },
  ],
})) as [OwnGame];

test("a best counts only for the same options, and is the game's own idea of better", () => {
  expect(findBest(game, own, { discs: 3 })).toBe(7);
  expect(findBest(game, own, { discs: 4 })).toBe(1);
  expect(findBest(game, undefined, { discs: 3 })).toBeNull();
});

test("a game that was never begun is none that was left", () => {
  const running = { episode_id: "e", n_steps: 0, options: {}, started: "" };
  expect(findRunning({ ...own, running })).toBeNull();
  expect(findRunning({ ...own, running: { ...running, n_steps: 1 } })?.episode_id).toBe("e");
});

test("what happened on this page counts before the server tells it, once, and what the server tells counts more", () => {
  const running = { episode_id: "e1", n_steps: 2, options: { discs: 4 }, started: "" };
  const before = [{ ...own, best: [], running }];
  const played = { episodeId: "e1", gameId: "Hanoi", options: { discs: 4 }, n_steps: 6, ended: null };
  playedHere.note(played);
  expect(playedHere.complete(before)[0]?.running?.n_steps).toBe(6);
  playedHere.note({ ...played, ended: { metric: 15 } });
  const after = playedHere.complete(playedHere.complete(before));
  expect(after[0]).toMatchObject({ running: null, best: [{ options: { discs: 4 }, metric: 15 }] });
  expect(after[0]?.best).toHaveLength(1);
  const another = { ...running, episode_id: "e2" };
  expect(playedHere.complete([{ ...own, running: another }])[0]?.running).toEqual(another);
});
