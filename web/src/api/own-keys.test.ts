import { expect, test } from "vitest";
import { exchangeKey, listAllCodes, mayBeUsed, withKeys } from "./own-keys";

const game = {
  controls: [
    { does: "LEFT", keys: ["ArrowLeft", "KeyA"], say: "Left" },
    { does: "FIRE", keys: ["Space"], say: "Fire" },
  ],
  sequences: [{ does: "SWAP", keys: ["Digit1", "Digit2"], say: "Swap" }],
  pointer: [{ region: [0, 0, 1, 1] as [number, number, number, number], key: "Digit1" }],
  options: [],
};
const codes = listAllCodes(game);

test("a free key takes the place of the game's own, everywhere", () => {
  const { keys, swapped } = exchangeKey(codes, {}, "Digit1", "KeyX");
  expect([keys, swapped]).toEqual([{ Digit1: "KeyX" }, null]);
  const played = withKeys(game, keys);
  expect(played.sequences[0]?.keys).toEqual(["KeyX", "Digit2"]);
  expect(played.pointer[0]?.key).toBe("KeyX");
  expect(played.controls).toEqual(game.controls);
});

test("a key that the game uses already changes places", () => {
  const first = exchangeKey(codes, {}, "Space", "KeyA");
  expect(first).toEqual({ keys: { Space: "KeyA", KeyA: "Space" }, swapped: "KeyA" });
  const second = exchangeKey(codes, first.keys, "ArrowLeft", "KeyA");
  expect(second).toEqual({
    keys: { ArrowLeft: "KeyA", Space: "ArrowLeft", KeyA: "Space" },
    swapped: "Space",
  });
});

test("a key that is back in its own place is no longer exchanged", () => {
  const { keys } = exchangeKey(codes, { Space: "KeyX" }, "Space", "Space");
  expect(keys).toEqual({});
});

test("keys are exchanged in every variant of a game, and only those it has", () => {
  const extra = { does: "MOVE", keys: ["Digit1", "Digit3"] };
  const changes = { sequences: [extra] };
  const option = { name: "n", say: "N", default: 1, values: [{ value: 2, say: "", changes }] };
  expect(listAllCodes({ ...game, options: [option] })).toContain("Digit3");
  expect(withKeys(game, { Digit3: "KeyX" })).toEqual(game);
});

test("keys that do not fit the game any more are left out, so that it can still be played", () => {
  expect(withKeys(game, { Space: "KeyA" })).toEqual(game);
});

test("Escape, Tab, the function keys and those of the browser's combinations cannot be used", () => {
  expect(
    ["Escape", "Tab", "F1", "F12", "MetaLeft", "CapsLock", "ControlLeft", "AltRight"].filter(mayBeUsed),
  ).toEqual([]);
  expect(["KeyA", "Digit0", "Space", "ShiftLeft", "Numpad4", "IntlBackslash"].every(mayBeUsed)).toBe(true);
});
