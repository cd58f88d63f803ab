import { expect, test } from "vitest";
import type { Game } from "./client";
import {
  applyOptions,
  areSameOptions,
  completeOptions,
  describeMissing,
  describeOptions,
  findUnusual,
} from "./options";

const digits = ["Digit1", "Digit2"];
const options: Game["options"] = [
  {
    name: "discs",
    say: "Discs",
    default: 3,
    values: [3, 4].map((value) => ({ value, say: "", changes: {} })),
  },
  {
    name: "start",
    say: "Start",
    default: "tower",
    values: [
      { value: "tower", say: "All on the first pole" },
      {
        value: "random",
        say: "Anywhere",
        changes: {
          seed: { policy: "random" },
          sequences: [{ does: "MOVE", keys: digits }],
          picture: { width: 8, height: 4 },
        },
      },
    ],
  },
];

const game = {
  id: "Hanoi",
  options,
  sequences: [],
  picture: { width: 4, height: 4, pixel_aspect: 2 },
} as unknown as Game;

test("an address says what is wanted: what the game does not have is as usual, and a number may be text", () => {
  expect(completeOptions(game, {})).toEqual({ discs: 3, start: "tower" });
  expect(completeOptions(game, { discs: "4", start: "nowhere", "record-canvas": 1 })).toEqual({
    discs: 4,
    start: "tower",
  });
});

test("what an address asks for and the game does not have is told; what is no option of the game is not", () => {
  expect(describeMissing(game, { discs: "4", start: "random", "record-canvas": 1 })).toBeNull();
  expect(describeMissing(game, { discs: 99, start: "" })).toBe("Discs: 99, Start: nothing");
});

test("only what is not as usual stands in an address", () => {
  expect(findUnusual(game, { discs: 3, start: "random" })).toEqual({ start: "random" });
});

test("two choices are the same when every option is; one that is not named is as usual", () => {
  expect(areSameOptions(game, { discs: 3, start: "tower" }, {})).toBe(true);
  expect(areSameOptions(game, { discs: 4 }, { discs: 3 })).toBe(false);
});

test("a choice is told in words, as far as it is not as usual", () => {
  expect(describeOptions(game, { discs: 3, start: "tower" })).toBeNull();
  expect(describeOptions(game, { discs: 4, start: "random" })).toBe("4 discs, anywhere");
});

test("a value changes what a page shows of the game, with what its file leaves out, and nothing that is not for pages", () => {
  const changed = applyOptions(game, { discs: 4, start: "random" });
  expect(changed.sequences).toEqual([{ does: "MOVE", keys: digits, say: "" }]);
  expect(changed.picture).toEqual({ width: 8, height: 4, pixel_aspect: 1 });
  expect(changed).not.toHaveProperty("seed");
  expect(applyOptions(game, { discs: 4 })).toEqual(game);
});
