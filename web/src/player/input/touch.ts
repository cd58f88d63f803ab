/** From fingers on drawn keys to the same inputs that a keyboard gives: `down` and `up` with a code (LIVE-31). */
import type { InputEvent } from "@/protocol/client-messages";
import { toUs } from "../time";
import { findKeyOfCode } from "./key-of-code";
import type { KeyState } from "./key-state";

export class Touch {
  private readonly keys: KeyState;
  private readonly emit: (event: InputEvent, clientUs: number) => void;
  private readonly fingers = new Map<number, readonly string[]>();

  constructor(keys: KeyState, emit: (event: InputEvent, clientUs: number) => void) {
    this.keys = keys;
    this.emit = emit;
  }

  /** A finger lies on these keys now, on none of them when it was lifted. What it slid onto goes down before what it left goes up. */
  lay(finger: number, codes: readonly string[], eventTimeMs: number): void {
    const before = this.fingers.get(finger) ?? [];
    if (codes.length === 0) this.fingers.delete(finger);
    else this.fingers.set(finger, codes);
    const clientUs = toUs(eventTimeMs);
    for (const code of codes) {
      if (before.includes(code) || !this.keys.press(code, finger)) continue;
      this.emit({ kind: "down", code, key: findKeyOfCode(code) }, clientUs);
    }
    for (const code of before) {
      if (codes.includes(code) || !this.keys.release(code, finger)) continue;
      this.emit({ kind: "up", code, key: findKeyOfCode(code) }, clientUs);
    }
  }
}
