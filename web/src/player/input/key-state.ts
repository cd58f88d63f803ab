/** Which keys are down, in the order in which they were pressed (LIVE-32). */
import { maxHeldKeys } from "@/protocol/limits";

/** What holds a key down: the keyboard, or a finger by its pointer's number. */
export type Holder = "keyboard" | number;

export class KeyState {
  /** A key is down as long as anything holds it. The order of the keys is that of the map. */
  private readonly holders = new Map<string, Set<Holder>>();

  /** Oldest first. Of more keys than the protocol carries the newest count, since the newest act first (LIVE-34). */
  get held(): readonly string[] {
    return [...this.holders.keys()].slice(-maxHeldKeys);
  }

  /** Says whether this changed anything; a repeated key-down does not (LIVE-31). */
  press(code: string, holder: Holder = "keyboard"): boolean {
    const holders = this.holders.get(code);
    if (holders !== undefined) {
      holders.add(holder);
      return false;
    }
    this.holders.set(code, new Set([holder]));
    return true;
  }

  release(code: string, holder: Holder = "keyboard"): boolean {
    const holders = this.holders.get(code);
    if (holders === undefined || !holders.delete(holder) || holders.size > 0) return false;
    return this.holders.delete(code);
  }

  releaseAll(): boolean {
    const hadAny = this.holders.size > 0;
    this.holders.clear();
    return hadAny;
  }
}
