import { expect, test } from "vitest";
import { parseClose } from "./close-codes";

test("LIVE-70: what follows the colon is a sentence for a person", () => {
  expect(parseClose(4404, "unknown_game: There is no game of that name.")).toEqual({
    code: 4404,
    reason: "unknown_game",
    again: "stop",
    detail: "There is no game of that name.",
  });
  expect(parseClose(1000, "ended").detail).toBeNull();
});

test.each([
  [1000, "stop"],
  [1001, "reconnect"],
  [1009, "stop"],
  [1011, "reconnect"],
  [1012, "reconnect"],
  [4400, "stop"],
  [4401, "new_ticket"],
  [4404, "stop"],
  [4406, "stop"],
  [4408, "stop"],
  [4409, "stop"],
  [4413, "stop"],
  [4422, "stop"],
  [4429, "stop"],
  [4440, "reconnect"],
  [4503, "stop"],
])("LIVE-70: after %i a client does: %s", (code, again) => {
  expect(parseClose(code, "").again).toBe(again);
});

test("LIVE-71: a connection lost without a close is like a restart", () => {
  expect(parseClose(1006, "").again).toBe(parseClose(1012, "").again);
});
