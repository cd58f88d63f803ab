/** What a page and the worker of its engine say to each other. */
import type { ResumeKey } from "../drivers/ticket";
import type { Call } from "./calls";
import type { Engine, EngineListener } from "./engine";

/** The page's first message; every other one is a call of the engine. */
export interface Beginning {
  readonly canvas: OffscreenCanvas;
  /** The page's `performance.timeOrigin`: the times of both threads count from there. */
  readonly pageTimeOriginMs: number;
  /** An episode to go on with; null begins a new one. */
  readonly resume: ResumeKey | null;
  readonly isRecorded: boolean;
}

/** What the worker calls. */
export interface Page {
  /** The worker can be given a canvas. */
  ready(): void;
  tell(call: Call<EngineListener>): void;
  requestTicket(resume: ResumeKey | null, port: MessagePort): void;
  fetchEnd(episodeId: string, port: MessagePort): void;
}

export const pageCalls = ["ready", "tell", "requestTicket", "fetchEnd"] as const satisfies (keyof Page)[];

export const engineCalls = [
  "open",
  "tryNow",
  "stopWaiting",
  "input",
  "command",
  "show",
  "playOn",
  "close",
] as const satisfies (keyof Engine)[];

export const listenerCalls = [
  "connection",
  "welcome",
  "state",
  "progress",
  "pending",
  "notice",
  "ended",
  "quality",
  "drawnHash",
] as const satisfies (keyof EngineListener)[];
