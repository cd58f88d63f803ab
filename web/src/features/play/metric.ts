/** What a game counts by, in a player's reading. */
import type { Game } from "@/api/client";
import type { Snapshot } from "@/player/snapshot";

type Metric = Game["metric"];

interface MetricReading {
  readonly label: string;
  readonly value: number;
}

export function findReading(metric: Metric, { ended, step, score }: Snapshot): MetricReading {
  const live = metric.from === "steps" ? step : score;
  return { label: metric.name, value: ended?.metric ?? live };
}

export function isBetter({ better }: Pick<Metric, "better">, value: number, than: number): boolean {
  return better === "higher" ? value > than : value < than;
}

/** The fewest possible of what the game counts, where that is steps and somebody knows. */
export function findOptimum({ from, better }: Metric, { optimum }: Pick<Snapshot, "optimum">): number | null {
  return from === "steps" && better === "lower" ? optimum : null;
}
