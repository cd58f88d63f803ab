import { expect, test } from "vitest";
import { findKeyOfCode } from "./key-of-code";

test.each([
  ["KeyA", "a"],
  ["Digit3", "3"],
  ["Numpad3", "3"],
  ["NumpadEnter", "Enter"],
  ["Space", " "],
  ["ArrowLeft", "ArrowLeft"],
  ["ShiftLeft", "Shift"],
  ["Semicolon", ";"],
  ["Enter", "Enter"],
])("LIVE-31: the key of %s is %j, as a keyboard tells it", (code, key) => {
  expect(findKeyOfCode(code)).toBe(key);
});
