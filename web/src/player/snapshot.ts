/** What a page shows of a game being played, apart from its pixels. */
import type { RefusalFacts } from "@/api/refusal";
import type { Close } from "@/protocol/close-codes";
import type { EndedMessage, NoticeMessage, StateMessage } from "@/protocol/server-messages";
import type { Connection, Reconnecting } from "./drivers/driver";
import type { Quality } from "./statistics";

export interface Snapshot {
  readonly connection: Connection;
  readonly state: StateMessage | null;
  /** Client time at which `state` came; its durations count from here. */
  readonly stateAtUs: number;
  /** Client time at which the line was lost; null once the server has told the state again. */
  readonly lostAtUs: number | null;
  readonly step: number;
  readonly score: number;
  readonly lives: number | null;
  /** The move made last was not allowed. */
  readonly isMoveRefused: boolean;
  /** Keys pressed so far of a move of several (LIVE-35). */
  readonly pending: readonly string[];
  readonly notice: NoticeMessage | null;
  readonly ended: EndedMessage | null;
  readonly quality: Quality;
  readonly episodeId: string | null;
  /** The fewest steps in which the game can be won from its start, where somebody knows. */
  readonly optimum: number | null;
  /** The game makes sound and this browser can play it. */
  readonly hasSound: boolean;
  /** Whether the game is kept after its end; null before the server said it. */
  readonly isKept: boolean | null;
  readonly pictureSize: { readonly width: number; readonly height: number } | null;
}

export const emptySnapshot: Snapshot = {
  connection: { kind: "connecting" },
  state: null,
  stateAtUs: 0,
  lostAtUs: null,
  step: 0,
  score: 0,
  lives: null,
  isMoveRefused: false,
  pending: [],
  notice: null,
  ended: null,
  quality: { latencyMs: null, picturesPerS: 0, inputsDropped: 0 },
  episodeId: null,
  optimum: null,
  hasSound: false,
  isKept: null,
  pictureSize: null,
};

/** The one thing that the page is about just now. */
export type Phase =
  | { readonly kind: "connecting" | "ready" | "running" }
  | Reconnecting
  | { readonly kind: "waiting"; readonly refusal: RefusalFacts; readonly untilUs: number }
  | { readonly kind: "countdown"; readonly untilUs: number }
  | { readonly kind: "paused"; readonly reason: string | null; readonly endsAtUs: number | null }
  | { readonly kind: "ended"; readonly ended: EndedMessage }
  | { readonly kind: "refused"; readonly refusal: RefusalFacts }
  | { readonly kind: "closed"; readonly close: Close };

export function findPhase({ connection, state, stateAtUs, ended }: Snapshot): Phase {
  // An end that was told stays told, whatever becomes of the line after it.
  if (ended !== null) return { kind: "ended", ended };
  if (connection.kind !== "connected") return connection;
  switch (state?.state) {
    case "ready":
    case "running":
      return { kind: state.state };
    case "paused":
      return state.resumes_in_ms === null
        ? { kind: "paused", reason: state.reason, endsAtUs: addMs(stateAtUs, state.ends_in_ms) }
        : { kind: "countdown", untilUs: stateAtUs + state.resumes_in_ms * 1000 };
    default:
      return { kind: "connecting" };
  }
}

function addMs(us: number, ms: number | null): number | null {
  return ms === null ? null : us + ms * 1000;
}

/** Not while the arcade has no room for what would happen; a notice says so. */
export function mayResume({ notice }: Snapshot): boolean {
  return notice?.code !== "storage_full";
}

/** Time spent playing, in milliseconds. While the line is lost it stands still. */
export function computeActiveMs({ state, stateAtUs, lostAtUs }: Snapshot, nowUs: number): number {
  if (state === null) return 0;
  if (state.state !== "running") return state.active_ms;
  return state.active_ms + Math.max(0, (lostAtUs ?? nowUs) - stateAtUs) / 1000;
}
