import type { Game } from "@/api/client";
import { formatDuration } from "./format-number";

/** How far a game has come that goes on: moves where it waits for them, the time where it runs by the clock. */
export function formatProgress({ pacing }: Pick<Game, "pacing">, nSteps: number): string {
  if (pacing.tick_hz === null) return nSteps === 1 ? "1 move so far" : `${nSteps} moves so far`;
  return `${formatDuration((nSteps / pacing.tick_hz) * 1000)} played so far`;
}
