import { deflateSync } from "fflate";
import { expect, test } from "vitest";
import { isSoundMessage, parseSound, parseSoundFormat } from "./sound";

function message(flags: number, count: number, payload: Uint8Array = new Uint8Array()): ArrayBuffer {
  const bytes = new Uint8Array(8 + payload.length);
  bytes.set([2, flags, count & 255, count >> 8, 7, 0, 0, 0]);
  bytes.set(payload, 8);
  return bytes.buffer;
}

const three = deflateSync(Uint8Array.of(1, 2, 3));

test("LIVE-43: the samples are what was compressed", () => {
  expect(parseSound(message(0, 3, three))).toEqual({ step: 7, samples: Uint8Array.of(1, 2, 3) });
});

test("LIVE-42: silence needs no payload", () => {
  expect(parseSound(message(1, 3))?.samples).toEqual(Uint8Array.of(128, 128, 128));
});

test.each([
  ["has too few samples", message(0, 4, three)],
  ["has too many samples", message(0, 2, three)],
  ["is no DEFLATE stream", message(0, 3, Uint8Array.of(255, 255, 255))],
  ["says silence and brings samples", message(1, 3, three)],
  ["is cut off", message(0, 3).slice(0, 6)],
])("LIVE-42: a message that %s is passed over", (_name, bytes) => {
  expect(isSoundMessage(bytes)).toBe(true);
  expect(parseSound(bytes)).toBeNull();
});

test("LIVE-40: a game without sound, and a server that knows none, are silent", () => {
  expect(parseSoundFormat(null)).toBeNull();
  expect(parseSoundFormat(undefined)).toBeNull();
  expect(parseSoundFormat({ rate_hz: 30_720, samples_per_step: 512 })).toEqual({
    rateHz: 30_720,
    samplesPerStep: 512,
  });
});
