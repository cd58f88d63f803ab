import { Link } from "@tanstack/react-router";
import { formPictureUrl, type Game } from "@/api/client";
import { formatNumber } from "@/components/format-number";

/** One machine of the arcade: its screen, its name, how well one has done on it. */
export function GameCard({ game }: { readonly game: Game }) {
  if (game.unavailable !== null) {
    return (
      <div>
        <Tube game={game} isDark />
        <h2 className="mt-3.5 text-xl text-dim">{game.title}</h2>
        <p className="mt-1 text-sm text-dim">Out of order: {game.unavailable}</p>
      </div>
    );
  }
  return (
    <Link to="/play/$gameId" params={{ gameId: game.id }} className="group block rounded-lg">
      <Tube game={game} />
      <div className="mt-3.5 flex items-baseline justify-between gap-3">
        <h2 className="min-w-0 text-xl group-hover:text-accent">{game.title}</h2>
        {game.best !== null && (
          <p className="shrink-0 text-sm text-dim">
            Best <span className="numeric text-[0.8125rem] text-ink">{formatNumber(game.best)}</span>
          </p>
        )}
      </div>
      <p className="mt-1 line-clamp-2 text-sm text-dim">{game.summary}</p>
      <Tags game={game} />
    </Link>
  );
}

function Tube({ game, isDark = false }: { readonly game: Game; readonly isDark?: boolean }) {
  const { width, height } = game.picture;
  return (
    <div className="bezel flex aspect-4/3 items-center justify-center overflow-hidden rounded-lg motion-safe:transition-shadow group-hover:shadow-[0_0_0_2px_var(--color-accent)]">
      <img
        src={formPictureUrl(game.id)}
        alt=""
        width={width}
        height={height}
        loading="lazy"
        decoding="async"
        className={`pixelated size-full object-contain p-2.5 ${isDark ? "opacity-30 grayscale" : ""}`}
      />
    </div>
  );
}

function Tags({ game }: { readonly game: Game }) {
  const tags = [
    game.pacing.mode === "turn" ? "At your own pace" : null,
    game.flashing ? "Flashing pictures" : null,
    game.attempts === 0 ? "New to you" : null,
  ].filter((tag) => tag !== null);
  if (tags.length === 0) return null;
  return (
    <p className="legend mt-2 flex flex-wrap gap-x-3 gap-y-1">
      {tags.map((tag) => (
        <span key={tag} className="before:mr-1.5 before:text-accent before:content-['▪']">
          {tag}
        </span>
      ))}
    </p>
  );
}

export function GameCardGhost() {
  return (
    <div>
      <div className="bezel aspect-4/3 rounded-lg" />
      <div className="mt-4 h-5 w-1/2 rounded-sm bg-line" />
      <div className="mt-2.5 h-4 w-4/5 rounded-sm bg-line opacity-60" />
    </div>
  );
}
