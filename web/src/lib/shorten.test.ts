import { expect, test } from "vitest";
import { shorten } from "./shorten";

test("what is longer than it may be ends in an ellipsis", () => {
  expect(shorten("four", 4)).toBe("four");
  expect(shorten("fives", 4)).toBe("fiv…");
});
