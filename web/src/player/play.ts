/** One play of one game, on the page's side: joins engine and keyboard, and keeps the snapshot that the page shows. React is told of changes, never of frames. */
import type { InputEvent } from "@/protocol/client-messages";
import type { EndedMessage, NoticeMessage, StateMessage, Welcome } from "@/protocol/server-messages";
import type { Connection } from "./drivers/driver";
import type { Engine, EngineListener, MakeEngine, Progress } from "./engine/engine";
import { KeyLights } from "./input/key-lights";
import { KeyState } from "./input/key-state";
import { Keyboard, type KeyboardListener } from "./input/keyboard";
import { Mouse, type MousePlace } from "./input/mouse";
import { Touch } from "./input/touch";
import type { DrawnHash } from "./screen/canvas-hash";
import { emptySnapshot, findPhase, mayResume, type Snapshot } from "./snapshot";
import { GameSound } from "./sound/game-sound";
import type { Quality } from "./statistics";
import { type Time, toUs } from "./time";

const toldStatesKept = 100;
/** A notice that asks for nothing goes after so long. */
const passingNoticeMs = 8000;
/** A quarter of an hour at 60 pictures a second; later ones are not kept. */
const drawnHashesKept = 54_000;
/** Keys that mean something else than "I am ready". */
const notAnyKey = /^(Escape|F\d+|Shift|Control|Alt|Meta|OS|CapsLock|NumLock|ContextMenu|Print|Audio|Browser)/;

export interface PlaySettings {
  readonly makeEngine: MakeEngine;
  readonly time: Time;
  readonly surroundings: Window;
  /** The codes that the game's controls name. */
  readonly gameCodes: ReadonlySet<string>;
  readonly onWelcome: (welcome: Welcome) => void;
  readonly onEnded: () => void;
}

export class Play implements EngineListener, KeyboardListener {
  readonly settings: PlaySettings;
  /** What the server said of the game, newest last: "running", "paused blur". */
  readonly toldStates: string[] = [];
  /** For tests: see `screen/canvas-hash.ts`. */
  readonly drawnHashes: DrawnHash[] = [];
  readonly lights: KeyLights;
  readonly gameSound = new GameSound(
    (on) => this.engine?.command({ type: "sound", on }),
    (port) => this.engine?.playOn(port),
  );
  /** There is none before the page stays. */
  private engine: Engine | null = null;
  private readonly keys = new KeyState();
  private readonly touch = new Touch(this.keys, (event, clientUs) =>
    this.input(event, clientUs, this.keys.held),
  );
  private readonly watchers = new Set<() => void>();
  private keyboard: Keyboard | null = null;
  private readonly mouse: Mouse;
  private current: Snapshot = emptySnapshot;
  /** The start was asked for, and the server has not answered yet: what is done from now on is done in the game. */
  private isStarting = false;
  private cancelOpening: () => void = () => {};
  private cancelNotice: () => void = () => {};

  constructor(settings: PlaySettings) {
    this.settings = settings;
    this.lights = new KeyLights(settings.time);
    this.mouse = new Mouse(settings.time, (place) => this.tellPlace(place));
  }

  // ---------------------------------------------------------------------------------------------------- for the page

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly getSnapshot = (): Snapshot => this.current;

  mount(canvas: HTMLCanvasElement): void {
    const { time, makeEngine, surroundings, gameCodes } = this.settings;
    this.keyboard = new Keyboard(surroundings, gameCodes, this.keys, this);
    surroundings.addEventListener("pagehide", this.giveBack);
    surroundings.addEventListener("online", this.tryNow);
    surroundings.document.addEventListener("visibilitychange", this.tellVisibility);
    // React mounts twice while developing. Only a page that stays may begin an episode and give its canvas away.
    this.cancelOpening = time.after(0, () => {
      this.engine = makeEngine(canvas, this);
      this.tellVisibility();
      this.engine.open();
    });
  }

  unmount(): void {
    const { surroundings } = this.settings;
    this.cancelOpening();
    this.cancelNotice();
    surroundings.removeEventListener("pagehide", this.giveBack);
    surroundings.removeEventListener("online", this.tryNow);
    surroundings.document.removeEventListener("visibilitychange", this.tellVisibility);
    this.giveBack();
    this.gameSound.close();
    this.engine?.close();
    this.keyboard?.stop();
    this.lights.stop();
    this.mouse.stop();
  }

  start(): void {
    if (this.isStarting) return;
    this.isStarting = true;
    this.engine?.command({ type: "start" });
  }

  pause(reason: "player" | "blur" = "player"): void {
    const { kind } = findPhase(this.current);
    if (kind === "running" || kind === "countdown") this.engine?.command({ type: "pause", reason });
  }

  resume(): void {
    if (findPhase(this.current).kind !== "paused" || !mayResume(this.current)) return;
    const countdown_ms = this.current.state?.countdown_ms ?? 3000;
    this.engine?.command({ type: "resume", countdown_ms });
  }

  quit(): void {
    this.engine?.command({ type: "quit" });
  }

  /** Volume from 0 to 1. To be called from a key or a click; what was asked for lasts for the whole play. */
  setSound(on: boolean, volume: number): void {
    this.gameSound.set(on, volume);
  }

  /** Once more, after a refusal or after the game was taken over by another window. */
  tryAgain(): void {
    const { kind } = findPhase(this.current);
    if (kind === "refused" || kind === "closed") this.engine?.open();
  }

  /** At once, where a lost line would be tried again later. */
  readonly tryNow = (): void => {
    this.engine?.tryNow();
  };

  stopWaiting(): void {
    this.engine?.stopWaiting();
  }

  /** A click on the picture, in fractions of it. */
  point(x: number, y: number, eventTimeMs: number): void {
    if (!this.isPlayed()) return;
    this.input({ kind: "pointer", x: clamp(x), y: clamp(y) }, toUs(eventTimeMs), this.keys.held);
  }

  /** The mouse has moved over the picture. Only while the game runs: one who plays with keys is not to be steered by where the mouse was left. */
  move(x: number, y: number, eventTimeMs: number): void {
    if (!this.isPlayed()) return;
    this.mouse.moved({ x: clamp(x), y: clamp(y), clientUs: toUs(eventTimeMs) });
  }

  /** A finger on the keys drawn for it: those it lies on now, none when it was lifted. The first of them begins a game that is ready. */
  touchKeys(finger: number, codes: readonly string[], eventTimeMs: number): void {
    if (codes.length > 0) this.gameKeyDown();
    this.touch.lay(finger, codes, eventTimeMs);
  }

  // ------------------------------------------------------------------------------------------------ from the keyboard

  input(event: InputEvent, clientUs: number, held: readonly string[]): void {
    if (this.current.ended === null) {
      this.engine?.input({ ...event, client_us: clientUs, held });
    }
    // Only now, since it draws: the game is waiting for the key, and the key cap is not.
    this.lights.hold(held);
  }

  gameKeyDown(): void {
    if (findPhase(this.current).kind === "ready") this.start();
  }

  keyDown({ code }: KeyboardEvent): void {
    const { kind } = findPhase(this.current);
    const isShortcut = !this.settings.gameCodes.has(code);
    if (kind === "ready" && !notAnyKey.test(code)) this.start();
    else if (kind === "paused" && (code === "Enter" || code === "KeyP")) this.resume();
    else if (isShortcut && (code === "Escape" || code === "KeyP")) this.pause();
  }

  leave(): void {
    this.pause("blur");
  }

  // -------------------------------------------------------------------------------------------------- from the engine

  connection(connection: Connection): void {
    const isLost = this.current.connection.kind === "connected" && connection.kind !== "connected";
    this.change({ connection, ...(isLost ? { lostAtUs: this.settings.time.nowUs() } : {}) });
  }

  welcome(welcome: Welcome): void {
    this.settings.onWelcome(welcome);
    this.gameSound.welcome(welcome);
    const { width, height } = welcome.picture;
    this.lights.pend([]);
    // What a server told is over with its connection; what still holds is told again.
    this.change({
      notice: null,
      isKept: welcome.recording,
      episodeId: welcome.episode_id,
      optimum: welcome.optimum ?? null,
      hasSound: this.gameSound.isPossible,
      pictureSize: { width, height },
      pending: [],
    });
  }

  state(state: StateMessage): void {
    const before = this.current.state;
    this.isStarting = false;
    if (this.toldStates.length === toldStatesKept) this.toldStates.shift();
    this.toldStates.push(state.reason === null ? state.state : `${state.state} ${state.reason}`);
    this.change({ state, stateAtUs: this.settings.time.nowUs(), lostAtUs: null });
    if (state.state === "running" && before?.state === "paused") this.sync();
    if (this.isInterrupted(state, before)) this.resume();
  }

  progress(progress: Progress): void {
    const { score, lives, isMoveRefused, state } = this.current;
    const isTold =
      score !== progress.score ||
      lives !== progress.lives ||
      isMoveRefused !== progress.isMoveRefused ||
      state?.state !== "running";
    // Steps alone are read when something else changes: they are worth no render.
    if (isTold) this.change(progress);
    else this.current = { ...this.current, ...progress };
  }

  pending(codes: readonly string[]): void {
    this.lights.pend(codes);
    this.change({ pending: codes });
  }

  notice(notice: NoticeMessage): void {
    const isOver = notice.code === "storage_ok";
    this.cancelNotice();
    this.change({ notice: isOver ? null : notice });
    if (notice.code !== "steps_lost") return;
    this.cancelNotice = this.settings.time.after(passingNoticeMs, () => this.change({ notice: null }));
  }

  ended(ended: EndedMessage): void {
    this.settings.onEnded();
    this.lights.pend([]);
    this.change({ ended, notice: null, pending: [], step: ended.n_steps, score: ended.score });
  }

  quality(quality: Quality): void {
    this.change({ quality });
  }

  drawnHash(drawn: DrawnHash): void {
    if (this.drawnHashes.length < drawnHashesKept) this.drawnHashes.push(drawn);
  }

  // ---------------------------------------------------------------------------------------------------------- within

  /** A game that was never begun ends with its page; one under way waits to be gone on with. */
  private readonly giveBack = (): void => {
    if (findPhase(this.current).kind === "ready") this.engine?.command({ type: "quit" });
  };

  private readonly tellVisibility = (): void => {
    this.engine?.show(this.settings.surroundings.document.visibilityState !== "hidden");
  };

  /** A game that was cut off by the line, not by its player, goes on by itself if the player is still there. */
  private isInterrupted(state: StateMessage, before: StateMessage | null): boolean {
    const isCut = state.state === "paused" && (state.reason === "disconnected" || state.reason === "rebuilt");
    const wasPlaying = before?.state === "running" || (before?.resumes_in_ms ?? null) !== null;
    return (
      isCut &&
      wasPlaying &&
      state.resumes_in_ms === null &&
      this.settings.surroundings.document.visibilityState !== "hidden"
    );
  }

  private isPlayed(): boolean {
    return this.isStarting || findPhase(this.current).kind === "running";
  }

  /** LIVE-23: a pause released all keys; this tells which are down. */
  private sync(): void {
    this.input({ kind: "sync" }, this.settings.time.nowUs(), this.keys.held);
  }

  private tellPlace({ x, y, clientUs }: MousePlace): void {
    this.input({ kind: "move", x, y }, clientUs, this.keys.held);
  }

  private change(part: Partial<Snapshot>): void {
    this.current = { ...this.current, ...part };
    for (const watcher of this.watchers) watcher();
  }
}

function clamp(fraction: number): number {
  return Math.min(Math.max(fraction, 0), 1);
}
