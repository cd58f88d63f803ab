/** LIVE.md section 9: sound. */
import { inflateSync } from "fflate";
import type { Welcome } from "./server-messages";

const headerBytes = 8;
const kindSound = 2;
const silentFlag = 1;
const silence = 128;

export interface SoundFormat {
  readonly rateHz: number;
  readonly samplesPerStep: number;
}

export interface StepSound {
  /** The number of the picture that the step made. */
  readonly step: number;
  /** One channel, unsigned, 128 is silence. */
  readonly samples: Uint8Array<ArrayBuffer>;
}

/** Null where the game makes no sound, or its server knows none. */
export function parseSoundFormat(sound: Welcome["sound"]): SoundFormat | null {
  const isUsable = sound != null && sound.rate_hz > 0 && sound.samples_per_step > 0;
  return isUsable ? { rateHz: sound.rate_hz, samplesPerStep: sound.samples_per_step } : null;
}

export function isSoundMessage(message: ArrayBuffer): boolean {
  return message.byteLength > 0 && new DataView(message).getUint8(0) === kindSound;
}

/** Null for what cannot be read: a moment's silence is no reason to stop a game. */
export function parseSound(message: ArrayBuffer): StepSound | null {
  if (!isSoundMessage(message) || message.byteLength < headerBytes) return null;
  const view = new DataView(message);
  const count = view.getUint16(2, true);
  const samples = readSamples(new Uint8Array(message, headerBytes), view.getUint8(1), count);
  return samples?.length === count ? { step: view.getUint32(4, true), samples } : null;
}

function readSamples(
  payload: Uint8Array<ArrayBuffer>,
  flags: number,
  count: number,
): Uint8Array<ArrayBuffer> | null {
  if ((flags & silentFlag) !== 0) {
    return payload.length === 0 ? new Uint8Array(count).fill(silence) : null;
  }
  try {
    // One byte more than there are samples, so that too many are seen instead of being cut.
    return inflateSync(payload, { out: new Uint8Array(count + 1) }).slice();
  } catch {
    return null;
  }
}
