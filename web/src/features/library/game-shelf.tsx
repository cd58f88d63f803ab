import { useId } from "react";
import type { Game, OwnGame } from "@/api/client";
import type { Shelf } from "./arrange-games";
import { GameCard } from "./game-card";

/** Two columns on a phone. */
export const gridClass =
  "grid grid-cols-[repeat(auto-fill,minmax(8rem,1fr))] gap-x-4 sm:grid-cols-[repeat(auto-fill,minmax(12.5rem,1fr))] sm:gap-x-6";

/** Shelves with few games stand side by side. */
const spans: Readonly<Record<number, string>> = { 1: "col-span-1", 2: "col-span-2" };

/** Only cards near the window are laid out and painted; the others keep about their room. */
const cardClass =
  "-m-1.5 p-1.5 [contain-intrinsic-height:auto_13rem] [content-visibility:auto] sm:[contain-intrinsic-height:auto_16.25rem]";

export interface GameShelfProps {
  readonly shelf: Shelf;
  /** Where its title says nothing that the page's does not. */
  readonly isTitleHidden: boolean;
  /** It needs no more room than its games do. */
  readonly isShort: boolean;
  /** Null as long as nobody knows. */
  readonly own: ReadonlyMap<string, OwnGame> | null;
  readonly tellsNew: boolean;
  readonly onFavourite: (game: Pick<Game, "id">, wasFavourite: boolean) => void;
}

export function GameShelf({ shelf, isTitleHidden, isShort, own, tellsNew, onFavourite }: GameShelfProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`grid grid-cols-subgrid content-start ${(isShort && spans[shelf.games.length]) || "col-span-full"}`}
    >
      <h2 id={id} className={isTitleHidden ? "sr-only" : "col-span-full mb-4 text-xl text-dim"}>
        {shelf.title}
      </h2>
      <ul className="col-span-full grid grid-cols-subgrid gap-y-7 sm:gap-y-9">
        {shelf.games.map((game) => (
          <li key={game.id} className={cardClass}>
            <GameCard
              game={game}
              own={own?.get(game.id)}
              isOwnKnown={own !== null}
              isNew={tellsNew && (own?.get(game.id)?.attempts ?? 0) === 0}
              onFavourite={onFavourite}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
