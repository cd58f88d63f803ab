/** Which keys are down, in the order in which they were pressed (LIVE-32). */
import { maxHeldKeys } from "@/protocol/limits";

export class KeyState {
  private codes: string[] = [];

  /** Oldest first. Of more keys than the protocol carries the newest count, since the newest act first (LIVE-34). */
  get held(): readonly string[] {
    return this.codes.slice(-maxHeldKeys);
  }

  /** Says whether this changed anything; a repeated key-down does not (LIVE-31). */
  press(code: string): boolean {
    if (this.codes.includes(code)) return false;
    this.codes.push(code);
    return true;
  }

  release(code: string): boolean {
    const before = this.codes.length;
    this.codes = this.codes.filter((held) => held !== code);
    return this.codes.length < before;
  }

  releaseAll(): boolean {
    const hadAny = this.codes.length > 0;
    this.codes = [];
    return hadAny;
  }
}
