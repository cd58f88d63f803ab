/**
 * The canvas. A picture is drawn as soon as those that have come with it are read, the newest of them alone, and outside of React; the display shows
 * it with its next refresh (LIVE-52). While nobody can see the canvas nothing is drawn.
 */
import type { PictureFormat } from "@/protocol/picture";
import type { Picture } from "../drivers/driver";
import type { Time } from "../time";
import { type DrawnHash, hashCanvas } from "./canvas-hash";
import { choosePaint, type PaintPixels } from "./colours";
import { DrawnLog } from "./drawn-log";

export type ScreenCanvas = HTMLCanvasElement | OffscreenCanvas;

export interface ScreenSettings {
  readonly canvas: ScreenCanvas;
  readonly time: Time;
  readonly onDrawn: (step: number, atUs: number) => void;
  /** Null where nobody asks what was truly drawn. */
  readonly onHash: ((drawn: DrawnHash) => void) | null;
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
  private readonly context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  private surface: Surface | null = null;
  private waiting: Waiting | null = null;
  private isVisible = true;
  private cancelDrawing: (() => void) | null = null;

  constructor(settings: ScreenSettings) {
    this.settings = settings;
    // A worker's canvas has the same context; TypeScript only cannot choose among the overloads of both.
    const context = (settings.canvas as HTMLCanvasElement).getContext("2d", {
      alpha: false,
      // Reading every picture back is only quick from a canvas that the processor holds.
      willReadFrequently: settings.onHash !== null,
    });
    if (context === null) throw new Error("this browser has no 2D canvas");
    this.context = context;
    // A canvas that the browser has had to make anew is black, and what comes next is only what changes.
    settings.canvas.addEventListener("contextrestored", () => this.repaint());
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
    this.drawSoon();
  }

  show(isVisible: boolean): void {
    this.isVisible = isVisible;
    this.drawSoon();
  }

  stop(): void {
    this.cancelDrawing?.();
    this.surface = null;
  }

  private repaint(): void {
    if (this.surface !== null) this.context.putImageData(this.surface.image, 0, 0);
  }

  /** After whatever else has come already: of pictures that came together only the newest can be seen. */
  private drawSoon(): void {
    if (this.isVisible && this.waiting !== null)
      this.cancelDrawing ??= this.settings.time.after(0, () => this.draw());
  }

  private draw(): void {
    this.cancelDrawing = null;
    if (!this.isVisible) return;
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
    const atUs = settings.time.nowUs();
    this.log.add(step, atUs);
    settings.onDrawn(step, atUs);
    settings.onHash?.({ step, hash: hashCanvas(context) });
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
