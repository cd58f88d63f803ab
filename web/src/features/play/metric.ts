/** What a game counts by, in a player's reading. */
import type { Game } from "@/api/client";
import { computeActiveMs, type Snapshot } from "@/player/snapshot";

type Metric = Game["metric"];

interface MetricReading {
  readonly label: string;
  readonly value: number;
  /** Whether the value can be held against others' now: points grow and count at once, moves only when the game is over. */
  readonly isFinal: boolean;
}

export function findReading(metric: Metric, snapshot: Snapshot): MetricReading {
  const { ended } = snapshot;
  const label = capitalise(metric.name);
  const isFinal = ended !== null || metric.better === "higher";
  if (ended !== null && ended.metric !== null) return { label, value: ended.metric, isFinal };
  if (/step|move/.test(metric.from)) return { label, value: snapshot.step, isFinal };
  if (/time|active/.test(metric.from)) {
    const { state } = snapshot;
    return {
      label,
      value: state === null ? 0 : computeActiveMs(snapshot, snapshot.stateAtUs) / 1000,
      isFinal,
    };
  }
  return { label, value: snapshot.score, isFinal };
}

export function isBetter(metric: Metric, value: number, than: number): boolean {
  return metric.better === "higher" ? value > than : value < than;
}

function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}
