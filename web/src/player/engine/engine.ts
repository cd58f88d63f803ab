/**
 * What carries a play without its page: the line, the pictures and their drawing, the clocks. The page knows only this face. Behind it the same
 * code runs in a worker (`in-worker.ts`), where nothing that the page does can hold up a picture, or beside the page (`here.ts`).
 */
import type { Command, InputEvent } from "@/protocol/client-messages";
import type { EndedMessage, NoticeMessage, StateMessage, Welcome } from "@/protocol/server-messages";
import type { Connection } from "../drivers/driver";
import type { DrawnHash } from "../screen/canvas-hash";
import type { Quality } from "../statistics";

/** An input as the page knows it; the engine adds which picture had been drawn. */
export type TimedInput = InputEvent & {
  readonly client_us: number;
  readonly held: readonly string[];
};

export interface Engine {
  /** Also once more after it was refused or closed; to no avail after `page_failed`. */
  open(): void;
  tryNow(): void;
  stopWaiting(): void;
  input(input: TimedInput): void;
  command(command: Command): void;
  /** Whether anybody can see the canvas: what nobody sees is not drawn. */
  show(isVisible: boolean): void;
  /** Where samples go from now on; null for nowhere. */
  playOn(port: MessagePort | null): void;
  /** Leaves for good; the listener hears nothing more. */
  close(): void;
}

/** How far the game is, by the newest picture. */
export interface Progress {
  readonly step: number;
  readonly score: number;
  readonly lives: number | null;
  readonly isMoveRefused: boolean;
}

/** Whatever comes over the wire is told in its order, pictures by what they say of the game. All of it can be sent from thread to thread. */
export interface EngineListener {
  connection(connection: Connection): void;
  welcome(welcome: Welcome): void;
  state(state: StateMessage): void;
  /** At once if more than the step has changed or the game stands still; of steps alone the newest, a few times a second. */
  progress(progress: Progress): void;
  pending(codes: readonly string[]): void;
  /** Of the server, and of the driver itself: `steps_lost`, when the game goes on from an older picture than there was. */
  notice(notice: NoticeMessage): void;
  ended(ended: EndedMessage): void;
  quality(quality: Quality): void;
  /** Only where it was asked for. */
  drawnHash(drawn: DrawnHash): void;
}

/** Once for a canvas: a worker keeps it. */
export type MakeEngine = (canvas: HTMLCanvasElement, listener: EngineListener) => Engine;
