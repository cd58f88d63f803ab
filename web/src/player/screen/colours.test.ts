import { expect, test } from "vitest";
import { choosePaint } from "./colours";

test("LIVE-18: an index is looked up in the palette", () => {
  const palette = new Uint8Array(768);
  palette.set([10, 20, 30], 3 * 7);
  const paint = choosePaint({ width: 2, height: 1, pixels: "indexed8", palette });
  const pixels = new Uint32Array(2);
  paint(Uint8Array.of(7, 0), pixels, 0, 2);
  expect([...new Uint8Array(pixels.buffer)]).toEqual([10, 20, 30, 255, 0, 0, 0, 255]);
});

test("LIVE-18: three bytes are a colour, and only what changed is painted", () => {
  const paint = choosePaint({ width: 2, height: 1, pixels: "rgb24", palette: null });
  const pixels = new Uint32Array(2);
  paint(Uint8Array.of(1, 2, 3, 4, 5, 6), pixels, 1, 2);
  expect([...new Uint8Array(pixels.buffer)]).toEqual([0, 0, 0, 0, 4, 5, 6, 255]);
});
