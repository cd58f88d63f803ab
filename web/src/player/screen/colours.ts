import type { PictureFormat } from "@/protocol/picture";

/** Writes the pixels `first` to `end` of a picture as a canvas holds them. */
export type PaintPixels = (bytes: Uint8Array, into: Uint32Array, first: number, end: number) => void;

/** A canvas holds a pixel as the bytes R, G, B, A, which a little-endian machine (all that browsers run on) reads as this number. */
function packColour(red: number, green: number, blue: number): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

export function choosePaint(format: PictureFormat): PaintPixels {
  if (format.pixels === "rgb24" || format.palette === null) return paintRgb;
  const colours = computeColours(format.palette);
  return (bytes, into, first, end) => {
    for (let pixel = first; pixel < end; pixel += 1) {
      into[pixel] = colours[bytes[pixel] as number] as number;
    }
  };
}

function computeColours(palette: Uint8Array): Uint32Array {
  const channel = (index: number) => palette[index] as number;
  return Uint32Array.from({ length: 256 }, (_, index) =>
    packColour(channel(3 * index), channel(3 * index + 1), channel(3 * index + 2)),
  );
}

function paintRgb(bytes: Uint8Array, into: Uint32Array, first: number, end: number): void {
  let from = 3 * first;
  for (let pixel = first; pixel < end; pixel += 1, from += 3) {
    into[pixel] = packColour(bytes[from] as number, bytes[from + 1] as number, bytes[from + 2] as number);
  }
}
