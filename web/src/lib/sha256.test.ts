import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { computeSha256Hex } from "./sha256";

test.each([0, 1, 55, 56, 63, 64, 65, 100_800])("%i bytes hash as they do elsewhere", (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 31 + 7) % 256);
  expect(computeSha256Hex(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
});
