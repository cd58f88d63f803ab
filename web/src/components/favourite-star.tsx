import { memo } from "react";
import type { Game } from "@/api/client";
import { Icon } from "./icons";
import { useChangeFavourite } from "./use-own-games";

/** A star to be switched on for a game one likes. */
export const FavouriteStar = memo(function FavouriteStar({
  game,
  isOn,
  onChange,
  className = "",
}: {
  readonly game: Pick<Game, "id" | "title">;
  /** Null as long as nobody knows. */
  readonly isOn: boolean | null;
  readonly onChange?: (game: Pick<Game, "id" | "title">, wasOn: boolean) => void;
  readonly className?: string;
}) {
  const { mutate, isError } = useChangeFavourite(game.id);
  const say = isOn === true ? "A favourite of yours" : "Make it a favourite";
  return (
    <span className={`inline-flex items-center ${className}`}>
      {isError && (
        <span role="alert" className="mr-1 rounded-sm bg-raised px-2 py-1 text-xs text-alarm">
          Not kept. Try again.
        </span>
      )}
      <button
        type="button"
        aria-pressed={isOn === true}
        aria-label={`Favourite: ${game.title}`}
        title={say}
        disabled={isOn === null}
        onClick={() => {
          onChange?.(game, isOn === true);
          mutate(isOn !== true);
        }}
        className={`inline-flex size-10 items-center justify-center rounded-full motion-safe:transition-colors ${isOn === true ? "text-accent" : "text-dim hover:text-ink"}`}
      >
        <Icon name={isOn === true ? "star" : "starOutline"} className="size-5" />
      </button>
    </span>
  );
});
