/**
 * The canvas. Pictures are taken when they come and drawn once a frame of the display, outside of React.
 *
 * They are not drawn at once, though that call would come up to a frame earlier: the display shows them in the same frame either way, a picture that the
 * next one replaces before that would be told as drawn though nobody saw it, and the time told would lie up to a frame further from the one at
 * which it was seen (LIVE-52; measurements: docs/reference/bench.md).
 */
import type { PictureFormat } from "@/protocol/picture";
import type { Picture } from "../drivers/driver";
import type { CanvasRecorder } from "./canvas-recorder";
import { choosePaint, type PaintPixels } from "./colours";
import { DrawnLog } from "./drawn-log";

export interface ScreenSettings {
  readonly canvas: HTMLCanvasElement;
  readonly nowUs: () => number;
  readonly onDrawn: (step: number, atUs: number) => void;
  readonly recorder: CanvasRecorder | null;
}

interface Surface {
  readonly width: number;
  readonly bytesPerPixel: number;
  readonly image: ImageData;
  readonly pixels: Uint32Array;
  readonly paint: PaintPixels;
}

interface Waiting {
  step: number;
  firstPixel: number;
  endPixel: number;
  bytes: Uint8Array;
}

export class Screen {
  readonly log = new DrawnLog();
  private readonly settings: ScreenSettings;
  private readonly context: CanvasRenderingContext2D;
  private surface: Surface | null = null;
  private waiting: Waiting | null = null;
  private frame: number | null = null;

  constructor(settings: ScreenSettings) {
    this.settings = settings;
    // Reading every picture back is only quick from a canvas that the processor holds.
    const context = settings.canvas.getContext("2d", {
      alpha: false,
      willReadFrequently: settings.recorder !== null,
    });
    if (context === null) throw new Error("this browser has no 2D canvas");
    this.context = context;
  }

  setFormat(format: PictureFormat): void {
    const { width, height } = format;
    const { canvas } = this.settings;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const image = this.context.createImageData(width, height);
    this.surface = {
      width,
      bytesPerPixel: format.pixels === "rgb24" ? 3 : 1,
      image,
      pixels: new Uint32Array(image.data.buffer),
      paint: choosePaint(format),
    };
    this.waiting = null;
  }

  take(picture: Picture): void {
    if (this.surface === null) return;
    const { bytesPerPixel } = this.surface;
    const firstPixel = Math.floor(picture.changed.first / bytesPerPixel);
    const endPixel = Math.ceil(picture.changed.end / bytesPerPixel);
    this.waiting = {
      step: picture.step,
      bytes: picture.bytes,
      ...joinRanges(this.waiting, { firstPixel, endPixel }),
    };
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  stop(): void {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.surface = null;
  }

  private draw(): void {
    this.frame = null;
    const { surface, waiting, context, settings } = this;
    if (surface === null || waiting === null) return;
    this.waiting = null;
    const { width, image } = surface;
    const { step, bytes, firstPixel, endPixel } = waiting;
    if (endPixel > firstPixel) {
      surface.paint(bytes, surface.pixels, firstPixel, endPixel);
      const firstRow = Math.floor(firstPixel / width);
      const endRow = Math.ceil(endPixel / width);
      context.putImageData(image, 0, 0, 0, firstRow, width, endRow - firstRow);
    }
    const atUs = settings.nowUs();
    this.log.add(step, atUs);
    settings.onDrawn(step, atUs);
    settings.recorder?.record(context, step);
  }
}

type PixelRange = Pick<Waiting, "firstPixel" | "endPixel">;

function joinRanges(one: PixelRange | null, other: PixelRange): PixelRange {
  if (one === null || one.firstPixel === one.endPixel) return other;
  if (other.firstPixel === other.endPixel) return { firstPixel: one.firstPixel, endPixel: one.endPixel };
  return {
    firstPixel: Math.min(one.firstPixel, other.firstPixel),
    endPixel: Math.max(one.endPixel, other.endPixel),
  };
}
