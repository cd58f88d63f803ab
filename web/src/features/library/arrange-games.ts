import type { Game, OwnGame } from "@/api/client";
import { findRunning } from "@/api/own-games";

export interface Shelf {
  readonly title: string;
  readonly games: readonly Game[];
}

type OwnGames = ReadonlyMap<string, OwnGame>;

/**
 * The games on their shelves, each on one only: those that wait to be gone on with, newest first; the favourites; all others. What cannot be played
 * comes last.
 */
export function arrangeGames(
  games: readonly Game[],
  own: OwnGames,
  isFavourite: (game: Game) => boolean,
): readonly Shelf[] {
  const started = ({ id }: Game) => findRunning(own.get(id))?.started ?? "";
  const isUsable = ({ unavailable }: Game) => unavailable === null;
  const usable = games.filter(isUsable);
  const left = usable
    .filter((game) => started(game) !== "")
    .toSorted((a, b) => started(b).localeCompare(started(a)));
  const favourites = usable.filter((game) => started(game) === "" && isFavourite(game));
  const shelved = new Set([...left, ...favourites]);
  const rest = [...usable.filter((game) => !shelved.has(game)), ...games.filter((game) => !isUsable(game))];
  const shelves = [
    { title: "Continue", games: left },
    { title: "Your favourites", games: favourites },
    { title: shelved.size === 0 ? "All games" : "More games", games: rest },
  ];
  return shelves.filter((shelf) => shelf.games.length > 0);
}
