/** What a person has set and reached, game by game. */
import type { Game, OwnGame } from "./client";
import { areSameOptions, type Options } from "./options";

/** The better of two values of a game's metric; null is none. */
function pickBest({ better }: Game["metric"], one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return better === "higher" ? Math.max(one, other) : Math.min(one, other);
}

/** One's best with the same options; null for none. */
export function findBest(
  game: Pick<Game, "options" | "metric">,
  own: OwnGame | undefined,
  options: Options,
): number | null {
  const same = own?.best.filter((best) => areSameOptions(game, best.options, options)) ?? [];
  return same.reduce<number | null>((best, { metric }) => pickBest(game.metric, best, metric), null);
}

/** The game that was left without an end. One that was never begun is none. */
export function findRunning(own: OwnGame | undefined): OwnGame["running"] {
  return own?.running != null && own.running.n_steps > 0 ? own.running : null;
}

/** The list with one game's entry changed, which is made if it was not there. */
export function changeOwnGame(
  games: readonly OwnGame[],
  gameId: string,
  change: (own: OwnGame) => Partial<OwnGame>,
): readonly OwnGame[] {
  const untouched: OwnGame = {
    game_id: gameId,
    favourite: false,
    keys: {},
    attempts: 0,
    last_played: null,
    running: null,
    best: [],
  };
  const isThere = games.some(({ game_id }) => game_id === gameId);
  return (isThere ? games : [...games, untouched]).map((own) =>
    own.game_id === gameId ? { ...own, ...change(own) } : own,
  );
}
