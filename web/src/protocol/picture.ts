/** LIVE.md section 3: pictures. Each message changes the picture before it, so whoever reads them keeps one: a `PictureBuffer`. */
import { inflateSync } from "fflate";
import { decodeBase64 } from "@/lib/base64";
import type { Welcome } from "./server-messages";

const headerBytes = 20;
const statusBytes = 12;
const wordBytes = 8;

const flagBits = { key: 1, status: 2, terminated: 4, truncated: 8, invalid: 16 } as const;

export interface PictureFormat {
  readonly width: number;
  readonly height: number;
  readonly pixels: "indexed8" | "rgb24";
  /** 256 times red, green, blue; null where pixels are colours themselves. */
  readonly palette: Uint8Array | null;
}

export interface PictureHeader {
  readonly isKey: boolean;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** The step that led here was not allowed and changed nothing. */
  readonly invalid: boolean;
  readonly baseDistance: number;
  readonly step: number;
  readonly inputSeq: number;
  readonly serverUs: number;
  /** Present when it differs from the picture before (LIVE-16). */
  readonly status: { readonly score: number; readonly lives: number | null } | null;
}

export interface ChangedBytes {
  readonly first: number;
  readonly end: number;
}

/** The picture cannot be had from this message; only a new key picture helps. */
export class PictureError extends Error {
  override name = "PictureError";
}

export function parsePictureFormat(picture: Welcome["picture"]): PictureFormat {
  const palette = picture.palette === null ? null : decodeBase64(picture.palette);
  if (picture.pixels === "indexed8" && palette?.length !== 768) {
    throw new PictureError(`a palette of 768 bytes was expected, not of ${palette?.length ?? 0}`);
  }
  return { width: picture.width, height: picture.height, pixels: picture.pixels, palette };
}

/** Null for a message of a kind that this version does not know; it is passed over (LIVE-11). */
export function parsePictureHeader(
  message: ArrayBuffer,
): { header: PictureHeader; payload: Uint8Array<ArrayBuffer> } | null {
  const view = new DataView(message);
  if (view.byteLength < headerBytes) throw new PictureError(`${view.byteLength} bytes are no header`);
  if (view.getUint8(0) !== 1) return null;
  const flags = view.getUint8(1);
  const hasStatus = (flags & flagBits.status) !== 0;
  const payloadStart = headerBytes + (hasStatus ? statusBytes : 0);
  if (view.byteLength < payloadStart) throw new PictureError(`${view.byteLength} bytes are no header`);
  const header: PictureHeader = {
    isKey: (flags & flagBits.key) !== 0,
    terminated: (flags & flagBits.terminated) !== 0,
    truncated: (flags & flagBits.truncated) !== 0,
    invalid: (flags & flagBits.invalid) !== 0,
    baseDistance: view.getUint16(2, true),
    step: view.getUint32(4, true),
    inputSeq: view.getUint32(8, true),
    serverUs: Number(view.getBigUint64(12, true)),
    status: hasStatus ? parseStatus(view) : null,
  };
  return { header, payload: new Uint8Array(message, payloadStart) };
}

function parseStatus(view: DataView): { score: number; lives: number | null } {
  const lives = view.getInt32(28, true);
  return { score: view.getFloat64(20, true), lives: lives < 0 ? null : lives };
}

/** The newest picture and the way from one to the next. Nothing is allocated for a picture but what inflating it takes. */
export class PictureBuffer {
  readonly bytes: Uint8Array;
  /** The picture that `bytes` hold; null before the first. */
  step: number | null = null;
  private readonly words: Uint8Array;
  private readonly inflated: Uint8Array<ArrayBuffer>;

  constructor(format: PictureFormat) {
    const byteCount = format.width * format.height * (format.pixels === "rgb24" ? 3 : 1);
    const wordCount = Math.ceil(byteCount / wordBytes);
    this.words = new Uint8Array(wordCount * wordBytes);
    this.bytes = this.words.subarray(0, byteCount);
    // One byte more than the longest list, so that one too long is seen instead of being cut.
    this.inflated = new Uint8Array(4 + wordCount * (2 + wordBytes) + 1);
  }

  /** Makes the message's picture of the one before; says which bytes may have changed. */
  apply(header: PictureHeader, payload: Uint8Array<ArrayBuffer>): ChangedBytes {
    if (header.isKey) {
      this.words.fill(0);
    } else if (this.step === null || header.step - header.baseDistance !== this.step) {
      throw new PictureError(
        `picture ${header.step} changes picture ${header.step - header.baseDistance}, but ${this.step} is here`,
      );
    }
    // Until all of it is applied there is no whole picture to build on.
    this.step = null;
    const changed = payload.length === 0 ? { first: 0, end: 0 } : this.applyWordList(payload);
    this.step = header.step;
    return header.isKey ? { first: 0, end: this.bytes.length } : changed;
  }

  private applyWordList(payload: Uint8Array<ArrayBuffer>): ChangedBytes {
    const list = this.inflate(payload);
    const count = new DataView(list.buffer, list.byteOffset).getUint32(0, true);
    const wordsStart = 4 + 2 * count;
    if (list.length !== wordsStart + wordBytes * count) {
      throw new PictureError(`a list of ${count} words does not have ${list.length} bytes`);
    }
    const { words } = this;
    let from = wordsStart;
    let index = -1;
    let first = 0;
    for (let entry = 0; entry < count; entry += 1) {
      const gap = (list[4 + 2 * entry] as number) | ((list[5 + 2 * entry] as number) << 8);
      index += gap;
      let to = index * wordBytes;
      if (gap === 0 || to >= words.length) throw new PictureError(`there is no word ${index}`);
      if (entry === 0) first = to;
      for (const end = to + wordBytes; to < end; to += 1, from += 1) {
        words[to] = (words[to] as number) ^ (list[from] as number);
      }
    }
    return { first, end: Math.min((index + 1) * wordBytes, this.bytes.length) };
  }

  private inflate(payload: Uint8Array<ArrayBuffer>): Uint8Array {
    let list: Uint8Array;
    try {
      list = inflateSync(payload, { out: this.inflated });
    } catch (cause) {
      throw new PictureError("the payload is no DEFLATE stream", { cause });
    }
    if (list.length < 4) throw new PictureError(`${list.length} bytes are no word list`);
    return list;
  }
}
