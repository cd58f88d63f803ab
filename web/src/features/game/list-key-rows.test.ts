import { expect, test } from "vitest";
import { listKeyRows } from "./list-key-rows";

test("every key has one row: those of a control together, those of moves each by itself", () => {
  const controls = [{ does: "LEFT", keys: ["ArrowLeft", "KeyA"], say: "Left", sets: [] }];
  const sequences = [
    { does: "MOVE_0_1", keys: ["Digit1", "Digit2"], say: "" },
    { does: "MOVE_1_0", keys: ["Digit2", "KeyA"], say: "" },
  ];
  expect(listKeyRows({ controls, sequences })).toEqual([
    { say: "Left", codes: ["ArrowLeft", "KeyA"] },
    { say: "In place of 1", codes: ["Digit1"] },
    { say: "In place of 2", codes: ["Digit2"] },
  ]);
});
