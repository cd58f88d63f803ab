import { expect, test } from "vitest";
import { KeyState } from "./key-state";

test("LIVE-32: keys are told in the order in which they were pressed", () => {
  const keys = new KeyState();
  for (const code of ["KeyB", "KeyA", "KeyC"]) keys.press(code);
  keys.release("KeyA");
  keys.press("KeyA");
  expect(keys.held).toEqual(["KeyB", "KeyC", "KeyA"]);
});

test("LIVE-32: at most 16 keys are told, the newest", () => {
  const keys = new KeyState();
  for (let index = 0; index < 20; index += 1) keys.press(`Key${index}`);
  expect(keys.held).toHaveLength(16);
  expect(keys.held.at(-1)).toBe("Key19");
});

test("a key that is not down cannot be let go", () => {
  expect(new KeyState().release("KeyA")).toBe(false);
});
