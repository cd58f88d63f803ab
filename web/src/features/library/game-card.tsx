import { Link } from "@tanstack/react-router";
import { memo, useId } from "react";
import { chosenOptions } from "@/api/chosen-options";
import type { Game, OwnGame } from "@/api/client";
import { findUnusual } from "@/api/options";
import { findRunning } from "@/api/own-games";
import { formButtonClass } from "@/components/button";
import { FavouriteStar } from "@/components/favourite-star";
import { formatNumber } from "@/components/format-number";
import { formatProgress } from "@/components/format-progress";
import { GameMarks, markFlashing, markPacing } from "@/components/game-marks";
import { GamePicture } from "@/components/game-picture";
import { Icon } from "@/components/icons";
import { PlayLink } from "@/components/play-link";
import { chooseBest } from "./choose-best";

export interface GameCardProps {
  readonly game: Game;
  readonly own: OwnGame | undefined;
  /** Nobody knows yet what one has set and reached. */
  readonly isOwnKnown: boolean;
  readonly isNew: boolean;
  readonly onFavourite: (game: Pick<Game, "id">, wasFavourite: boolean) => void;
}

/** One machine of the arcade: its screen, its name, how well one has done on it. All of it leads to the game's page, a button straight into the game. */
export const GameCard = memo(function GameCard({ game, own, isOwnKnown, isNew, onFavourite }: GameCardProps) {
  const id = useId();
  const running = findRunning(own);
  const isOut = game.unavailable !== null;
  const options = chosenOptions.read(game);
  const marks = [markPacing(game), markFlashing(game), isNew ? "New to you" : null];
  return (
    <article aria-labelledby={id} className="group relative flex h-full flex-col">
      <GamePicture game={game} isOut={isOut} />
      <h3
        id={id}
        className={`mt-3 text-lg leading-tight group-hover:text-accent sm:text-xl ${isOut ? "text-dim" : ""}`}
      >
        <Link
          to="/games/$gameId"
          params={{ gameId: game.id }}
          className="rounded-sm after:absolute after:inset-0"
        >
          {game.title}
        </Link>
      </h3>
      <Standing game={game} own={own} running={running} />
      <p className="mt-1 line-clamp-3 text-sm text-dim">{game.summary}</p>
      <div className="mt-2 empty:hidden">
        <GameMarks marks={isOut ? ["Out of order"] : marks} />
      </div>
      {/* Over the picture, which has the same shape on every card. */}
      <div className="pointer-events-none absolute inset-x-0 top-0 flex aspect-4/3 items-end justify-between p-2">
        {isOut ? (
          <span />
        ) : (
          <PlayLink
            game={game}
            options={findUnusual(game, options)}
            running={running}
            className={formButtonClass(
              { look: "primary", size: "small" },
              `pointer-events-auto shadow-lg max-sm:[@media(hover:none)]:size-10 max-sm:[@media(hover:none)]:rounded-full max-sm:[@media(hover:none)]:p-0 ${running === null ? hiddenUntilWanted : ""}`,
            )}
          >
            <Icon name="play" className="size-3.5" />
            {/* On a phone the picture is small. */}
            <span className="max-sm:[@media(hover:none)]:sr-only">
              {running === null ? "Play" : "Continue"}
            </span>
            <span className="sr-only">{game.title}</span>
          </PlayLink>
        )}
        <FavouriteStar
          game={game}
          isOn={isOwnKnown ? (own?.favourite ?? false) : null}
          onChange={onFavourite}
          className={`pointer-events-auto rounded-full bg-black/60 scheme-dark ${own?.favourite ? "" : hiddenUntilWanted}`}
        />
      </div>
    </article>
  );
});

/** Fingers cannot hover: there it is always shown. */
const hiddenUntilWanted =
  "opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 motion-safe:transition-opacity [@media(hover:none)]:opacity-100";

/** Keeps its line also where there is nothing to say, so that the cards stand in rows. */
function Standing({
  game,
  own,
  running,
}: {
  readonly game: Game;
  readonly own: OwnGame | undefined;
  readonly running: OwnGame["running"];
}) {
  const best = chooseBest(game, own);
  if (running !== null) {
    return <p className="mt-1 text-sm text-accent">{formatProgress(game, running.n_steps)}</p>;
  }
  if (best === null) return null;
  return (
    <p className="mt-1 text-sm text-dim">
      Best <span className="numeric text-[0.8125rem] text-ink">{formatNumber(best.metric)}</span>
      {best.with !== null && ` · ${best.with}`}
    </p>
  );
}

export function GameCardGhost() {
  return (
    <div>
      <div className="bezel aspect-4/3 rounded-lg" />
      <div className="mt-3.5 h-5 w-1/2 rounded-sm bg-line" />
      <div className="mt-2.5 h-4 w-4/5 rounded-sm bg-line opacity-60" />
    </div>
  );
}
