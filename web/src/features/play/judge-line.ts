import { findPhase, type Snapshot } from "@/player/snapshot";

export interface LineJudgement {
  /** 0 (no connection) to 3 (good). */
  readonly bars: 0 | 1 | 2 | 3;
  readonly spoken: string;
}

/** Fast games are felt to suffer from about 50 ms on, and badly from 120. */
export function judgeLine(snapshot: Snapshot, tickHz: number | null): LineJudgement {
  const { connection, quality } = snapshot;
  if (connection.kind === "reconnecting") return { bars: 0, spoken: "Connection lost" };
  if (connection.kind !== "connected" || quality.latencyMs === null) {
    return { bars: 0, spoken: "Not connected" };
  }
  const isRunning = findPhase(snapshot).kind === "running" && tickHz !== null;
  const share = isRunning ? quality.picturesPerS / tickHz : 1;
  if (quality.latencyMs > 120 || share < 0.6) return { bars: 1, spoken: "Poor connection" };
  if (quality.latencyMs > 50 || share < 0.9) return { bars: 2, spoken: "Fair connection" };
  return { bars: 3, spoken: "Good connection" };
}
