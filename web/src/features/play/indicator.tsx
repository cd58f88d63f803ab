import type { Game } from "@/api/client";
import { findPhase, type Snapshot } from "@/player/snapshot";
import { judgeLine } from "./judge-line";

/** Connection, latency and pictures a second. Its places are fixed, so that changing numbers move nothing. */
export function Indicator({
  snapshot,
  pacing,
}: {
  readonly snapshot: Snapshot;
  readonly pacing: Game["pacing"];
}) {
  const { picturesPerS } = snapshot.quality;
  // What was measured on a line that is lost is not said of the one to come.
  const latencyMs = snapshot.connection.kind === "connected" ? snapshot.quality.latencyMs : null;
  const { bars, spoken } = judgeLine(snapshot, pacing.tick_hz);
  const colour = bars >= 3 ? "text-ink" : "text-accent";
  const isRunning = findPhase(snapshot).kind === "running";
  const isRealtime = pacing.mode === "realtime";
  return (
    <div className="relative ml-auto flex items-center gap-3 text-xs pointer-coarse:landscape:hidden">
      <span role="img" aria-label={spoken} title={spoken} className={`flex items-end gap-0.5 ${colour}`}>
        {[1, 2, 3].map((bar) => (
          <span
            key={bar}
            className={`w-1 bg-current ${bar <= bars ? "" : "opacity-25"}`}
            style={{ height: `${0.2 + bar * 0.22}rem` }}
          />
        ))}
      </span>
      <span className="numeric xs:min-w-[6ch] text-right text-dim max-xs:sr-only">
        {latencyMs === null ? "–" : Math.min(latencyMs, 9999)} ms
      </span>
      {isRealtime && (
        <span className="numeric xs:min-w-[7ch] text-right text-dim max-xs:sr-only">
          {isRunning ? picturesPerS : "–"} fps
        </span>
      )}
    </div>
  );
}
