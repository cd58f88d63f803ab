/**
 * `window.skillArcade`: what a test of the whole way may look at. It only reads.
 *
 *   state         the phase: "connecting", "waiting", "ready", "running", "countdown", "paused", "reconnecting", "ended", "refused" or "closed"
 *   step          the newest picture that has come
 *   toldStates    the last hundred states that the server told, with their reasons: ["running", "paused blur"]
 *   episodeId     null before the server said it
 *   drawn         the last 240 pictures drawn: [{step, atUs}]
 *   sound         {received: sound messages that have come}; `await sound.readCounts()` is what the audio thread counts, as in `sound-buffer.ts`
 *   hashCanvas()  SHA-256 of what is on the canvas now, as in `canvas-recorder.ts`
 *   drawnHashes   with `?record-canvas=1` in the address: [{step, hash}] of every picture drawn; else null
 */
import type { Play } from "./play";
import { type DrawnHash, hashCanvas } from "./screen/canvas-recorder";
import type { Drawn } from "./screen/drawn-log";
import { findPhase, type Phase } from "./snapshot";
import type { GameSound } from "./sound/game-sound";

interface WindowView {
  readonly state: Phase["kind"];
  readonly step: number;
  readonly toldStates: readonly string[];
  readonly episodeId: string | null;
  readonly drawn: readonly Drawn[];
  readonly drawnHashes: readonly DrawnHash[] | null;
  readonly sound: Pick<GameSound, "received" | "readCounts">;
  hashCanvas(): string | null;
}

declare global {
  interface Window {
    skillArcade?: WindowView;
  }
}

export function showInWindow(play: Play, canvas: HTMLCanvasElement): void {
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
    get drawn() {
      return play.screen?.log.list ?? [];
    },
    get drawnHashes() {
      return play.settings.recorder?.hashes ?? null;
    },
    get sound() {
      return play.gameSound;
    },
    hashCanvas() {
      const context = canvas.getContext("2d");
      return context === null ? null : hashCanvas(context);
    },
  };
}
