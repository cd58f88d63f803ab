/** From the browser's key, blur and focus events to inputs. It sends nothing and knows no game; whoever listens does. */
import type { InputEvent } from "@/protocol/client-messages";
import { toUs } from "../time";
import type { KeyState } from "./key-state";

export interface KeyboardListener {
  input(event: InputEvent, clientUs: number, held: readonly string[]): void;
  /** A key went down that no control of the page has taken; for shortcuts such as pause. */
  keyDown(event: KeyboardEvent): void;
  /** The same for a key of the game, but before its input: what it begins it acts in as well. */
  gameKeyDown(): void;
  /** The page lost the keyboard or was hidden. */
  leave(): void;
}

/** Keys that would scroll the page. */
const scrollingCodes = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Space"]);
const interactive = "a[href], button, input, select, textarea, summary, [role='menuitem'], [contenteditable]";
const longestName = 32;

export class Keyboard {
  private readonly listener: KeyboardListener;
  private readonly gameCodes: ReadonlySet<string>;
  private readonly keys: KeyState;
  private readonly listening = new AbortController();

  constructor(
    surroundings: Window,
    gameCodes: ReadonlySet<string>,
    keys: KeyState,
    listener: KeyboardListener,
  ) {
    this.gameCodes = gameCodes;
    this.keys = keys;
    this.listener = listener;
    const { signal } = this.listening;
    surroundings.addEventListener("keydown", (event) => this.onKeyDown(event), { signal });
    surroundings.addEventListener("keyup", (event) => this.onKeyUp(event), { signal });
    surroundings.addEventListener("blur", (event) => this.onLeave(event), { signal });
    surroundings.addEventListener("focus", (event) => this.emit({ kind: "focus" }, event), { signal });
    surroundings.document.addEventListener(
      "visibilitychange",
      (event) => surroundings.document.visibilityState === "hidden" && this.onLeave(event),
      { signal },
    );
  }

  stop(): void {
    this.listening.abort();
  }

  private onKeyDown(event: KeyboardEvent): void {
    const { code, key } = event;
    // Combinations are the browser's and the system's, Tab is how a keyboard gets around the page.
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || code === "Tab") return;
    const onControl = event.target instanceof Element && event.target.closest(interactive) !== null;
    const isTyping = onControl && event.target instanceof HTMLInputElement;
    if (isTyping || !isNamed(code) || !isNamed(key)) return;
    this.keepFromScrolling(event, onControl);
    if (event.repeat || !this.keys.press(code)) return;
    const isFree = !onControl || !activates(code);
    if (isFree && this.gameCodes.has(code)) this.listener.gameKeyDown();
    this.emit({ kind: "down", code, key }, event);
    if (isFree) this.listener.keyDown(event);
  }

  private onKeyUp(event: KeyboardEvent): void {
    const { code, key } = event;
    if (event.key === "Meta") {
      // macOS reports no key-up of keys that were let go while Command was down.
      if (this.keys.releaseAll()) this.emit({ kind: "sync" }, event);
    } else if (isNamed(code) && isNamed(key) && this.keys.release(code)) {
      this.emit({ kind: "up", code, key }, event);
    }
  }

  private onLeave(event: Event): void {
    this.keys.releaseAll();
    this.emit({ kind: "blur" }, event);
    this.listener.leave();
  }

  private keepFromScrolling(event: KeyboardEvent, onControl: boolean): void {
    if (onControl && activates(event.code)) return;
    if (scrollingCodes.has(event.code) || this.gameCodes.has(event.code)) event.preventDefault();
  }

  private emit(input: InputEvent, event: Event): void {
    this.listener.input(input, toUs(event.timeStamp), this.keys.held);
  }
}

/** These press a button or follow a link that has the focus. */
function activates(code: string): boolean {
  return code === "Space" || code === "Enter" || code === "NumpadEnter";
}

function isNamed(name: string): boolean {
  return name.length > 0 && name.length <= longestName;
}
