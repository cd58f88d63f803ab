import { deflateSync } from "fflate";
import { expect, test } from "vitest";
import {
  PictureBuffer,
  PictureError,
  type PictureHeader,
  parsePictureFormat,
  parsePictureHeader,
} from "./picture";

const format = { width: 10, height: 2, pixels: "indexed8", palette: null } as const;
const header: PictureHeader = {
  isKey: false,
  terminated: false,
  truncated: false,
  invalid: false,
  baseDistance: 1,
  step: 1,
  inputSeq: 0,
  serverUs: 0,
  status: null,
};
const keyHeader = { ...header, isKey: true, baseDistance: 0, step: 0 };

function encodeWords(...words: { gap: number; byte: number }[]): Uint8Array<ArrayBuffer> {
  const list = new Uint8Array(4 + 10 * words.length);
  const view = new DataView(list.buffer);
  view.setUint32(0, words.length, true);
  for (const [index, { gap, byte }] of words.entries()) {
    view.setUint16(4 + 2 * index, gap, true);
    list.fill(byte, 4 + 2 * words.length + 8 * index, 4 + 2 * words.length + 8 * (index + 1));
  }
  return deflateSync(list);
}

function bufferWithKey(): PictureBuffer {
  const buffer = new PictureBuffer(format);
  buffer.apply(keyHeader, encodeWords({ gap: 1, byte: 5 }));
  return buffer;
}

test("LIVE-17: a word is put where its gap says, and a change is exclusive or", () => {
  const buffer = bufferWithKey();
  const changed = buffer.apply(header, encodeWords({ gap: 1, byte: 1 }, { gap: 2, byte: 7 }));
  expect([...buffer.bytes]).toEqual([...Array(8).fill(4), ...Array(8).fill(0), ...Array(4).fill(7)]);
  expect(changed).toEqual({ first: 0, end: 20 });
});

test("LIVE-17: an empty payload changes nothing", () => {
  const buffer = bufferWithKey();
  expect(buffer.apply(header, new Uint8Array())).toEqual({ first: 0, end: 0 });
  expect(buffer.step).toBe(1);
});

test("LIVE-15: a key picture does not depend on the one before", () => {
  const buffer = bufferWithKey();
  buffer.apply({ ...keyHeader, step: 9 }, encodeWords({ gap: 2, byte: 3 }));
  expect([...buffer.bytes.subarray(0, 9)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 3]);
});

test("LIVE-19: a change to a picture that is not here is refused", () => {
  const buffer = bufferWithKey();
  expect(() => buffer.apply({ ...header, step: 5 }, new Uint8Array())).toThrow(PictureError);
});

test.each([
  ["is no DEFLATE stream", Uint8Array.of(255, 255, 255)],
  ["names a word outside the picture", encodeWords({ gap: 4, byte: 1 })],
  ["has a gap of zero", encodeWords({ gap: 0, byte: 1 })],
  ["is too long", encodeWords(...Array(9).fill({ gap: 1, byte: 1 }))],
  ["is cut", deflateSync(Uint8Array.of(1, 0, 0, 0, 1))],
])("LIVE-17: a payload that %s leaves no picture to build on", (_name, payload) => {
  const buffer = bufferWithKey();
  expect(() => buffer.apply(header, payload)).toThrow(PictureError);
  expect(buffer.step).toBeNull();
});

test("LIVE-15: a message shorter than its header is refused", () => {
  expect(() => parsePictureHeader(new ArrayBuffer(19))).toThrow(PictureError);
  expect(() => parsePictureHeader(Uint8Array.from({ length: 20 }, (_, i) => [1, 2][i] ?? 0).buffer)).toThrow(
    PictureError,
  );
});

test("LIVE-11: a binary message of a kind of tomorrow is passed over", () => {
  expect(parsePictureHeader(Uint8Array.from({ length: 20 }, () => 9).buffer)).toBeNull();
});

test("LIVE-18: indexed pixels need a palette of 256 colours", () => {
  const picture = { width: 1, height: 1, pixels: "indexed8" } as const;
  expect(() => parsePictureFormat({ ...picture, palette: null })).toThrow(PictureError);
  expect(parsePictureFormat({ ...picture, palette: btoa("\0".repeat(768)) }).palette).toHaveLength(768);
});
