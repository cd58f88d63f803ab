/** How well one has done in a game so far. */
import type { EpisodeSummary, Game } from "./client";

export interface Standing {
  readonly best: number | null;
  readonly attempts: number;
}

type Outcome = Pick<EpisodeSummary, "game_id" | "metric" | "n_steps" | "status">;

/** The better of two values of a game's metric; null is none. */
export function pickBest(
  { better }: Game["metric"],
  one: number | null,
  other: number | null,
): number | null {
  if (one === null || other === null) return one ?? other;
  return better === "higher" ? Math.max(one, other) : Math.min(one, other);
}

export function computeStanding(game: Pick<Game, "id" | "metric">, outcomes: readonly Outcome[]): Standing {
  // A game that was never begun says nothing about its player.
  const own = outcomes.filter(
    ({ game_id, n_steps, status }) => game_id === game.id && status !== "running" && n_steps > 0,
  );
  return {
    attempts: own.length,
    best: own.reduce<number | null>((best, { metric }) => pickBest(game.metric, best, metric), null),
  };
}
