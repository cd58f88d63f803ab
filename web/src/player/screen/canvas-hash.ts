/**
 * For tests of the whole way: what is truly on the canvas after each drawing, as a hash that the recorded picture must have too. It is made only
 * for a page opened with `?record-canvas=1`. The hash is SHA-256, in hexadecimal, of the canvas's bytes R, G, B, row by row, without alpha; in
 * Python `hashlib.sha256(rgb.tobytes()).hexdigest()`.
 */
import { computeSha256Hex } from "@/lib/sha256";

export interface DrawnHash {
  readonly step: number;
  readonly hash: string;
}

export function hashCanvas(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D): string {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from] as number;
    rgb[to + 1] = data[from + 1] as number;
    rgb[to + 2] = data[from + 2] as number;
  }
  return computeSha256Hex(rgb);
}
