import { expect, test } from "vitest";
import { findPointedKey } from "./pointed-key";

test("LIVE-38: a click is looked up in the regions of the picture", () => {
  const pointer = [1, 2].map((pole) => ({
    region: [(pole - 1) / 3, 0, pole / 3, 0.5] as [number, number, number, number],
    key: `Digit${pole}`,
  }));
  expect(findPointedKey(pointer, 0.1, 0.1)).toBe("Digit1");
  expect(findPointedKey(pointer, 0.5, 0.4)).toBe("Digit2");
  expect(findPointedKey(pointer, 0.5, 0.6)).toBeNull();
  expect(findPointedKey(pointer, 0.9, 0.1)).toBeNull();
});
