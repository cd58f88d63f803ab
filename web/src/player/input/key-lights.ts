/** Which keys are shown as lit beside the machine. Each cap asks for its own, so that a key press changes one cap and renders nothing. */
import type { Time } from "../time";

/** Long enough to be seen, short enough for the next click. */
const flashMs = 180;

/** For so long a released key waits for the next one to change with it: each change is a frame of the page, and a short press is seen. */
const afterglowMs = 100;

export class KeyLights {
  private readonly time: Time;
  private readonly watchers = new Set<() => void>();
  private held: readonly string[] = [];
  private shown: readonly string[] = [];
  private pending: readonly string[] = [];
  private flashed: string | null = null;
  private cancelFlash: () => void = () => {};
  private cancelAfterglow: () => void = () => {};

  constructor(time: Time) {
    this.time = time;
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  isLit(code: string): boolean {
    return this.shown.includes(code) || this.pending.includes(code) || this.flashed === code;
  }

  /** The keys that are down. */
  hold(codes: readonly string[]): void {
    // Inputs that are no keys come up to sixty times a second and change nothing here.
    if (codes.length === this.held.length && codes.every((code) => this.held.includes(code))) return;
    this.held = codes;
    if (codes.some((code) => !this.shown.includes(code))) {
      this.showHeld();
    } else {
      this.cancelAfterglow();
      this.cancelAfterglow = this.time.after(afterglowMs, () => this.showHeld());
    }
  }

  /** The keys had so far of a move of several (LIVE-35). */
  pend(codes: readonly string[]): void {
    this.pending = codes;
    this.showHeld();
  }

  /** The key that a click stood for. */
  flash(code: string): void {
    this.flashed = code;
    this.cancelFlash();
    this.cancelFlash = this.time.after(flashMs, () => {
      this.flashed = null;
      this.tell();
    });
    this.tell();
  }

  stop(): void {
    this.cancelFlash();
    this.cancelAfterglow();
  }

  private showHeld(): void {
    this.cancelAfterglow();
    this.shown = this.held;
    this.tell();
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }
}
