import { expect, test } from "vitest";
import { parseServerMessage } from "./server-messages";

test.each(["", "[]", "null", '{"type":1}', '{"type":"safe","acked":1}', '{"type":"pending","codes":[1]}'])(
  "LIVE-10: %s is malformed",
  (text) => {
    expect(parseServerMessage(text).type).toBe("malformed");
  },
);

test("LIVE-11: a name that every object inherits is still an unknown type", () => {
  expect(parseServerMessage('{"type":"toString"}').type).toBe("unknown");
});
