/**
 * `window.skillArcade`: what a test of the whole way may look at. It only reads.
 *
 *   state         the phase: "connecting", "waiting", "ready", "running", "countdown", "paused", "reconnecting", "ended", "refused" or "closed"
 *   step          the newest picture that the page was told of: while the game runs, the newest of a quarter of a second ago or later
 *   toldStates    the last hundred states that the server told, with their reasons: ["running", "paused blur"]
 *   episodeId     null before the server said it
 *   inputsDropped inputs that were too many to be kept for a server that might lose them; it stays 0 but where the object store is away for long
 *   sound         `await sound.readCounts()` is what the audio thread counts, as in `sound-buffer.ts`
 *   drawnHashes   with `?record-canvas=1` in the address: [{step, hash}] of every picture drawn, as in `canvas-hash.ts`; else empty
 */
import type { Play } from "./play";
import type { DrawnHash } from "./screen/canvas-hash";
import { findPhase, type Phase } from "./snapshot";
import type { GameSound } from "./sound/game-sound";

interface WindowView {
  readonly state: Phase["kind"];
  readonly step: number;
  readonly toldStates: readonly string[];
  readonly episodeId: string | null;
  readonly inputsDropped: number;
  readonly drawnHashes: readonly DrawnHash[];
  readonly sound: Pick<GameSound, "readCounts">;
}

declare global {
  interface Window {
    skillArcade?: WindowView;
  }
}

export function showInWindow(play: Play): void {
  window.skillArcade = {
    get state() {
      return findPhase(play.getSnapshot()).kind;
    },
    get step() {
      return play.getSnapshot().step;
    },
    get toldStates() {
      return play.toldStates;
    },
    get episodeId() {
      return play.getSnapshot().episodeId;
    },
    get inputsDropped() {
      return play.getSnapshot().quality.inputsDropped;
    },
    get drawnHashes() {
      return play.drawnHashes;
    },
    get sound() {
      return play.gameSound;
    },
  };
}
