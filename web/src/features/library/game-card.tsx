import { Link } from "@tanstack/react-router";
import type { Game } from "@/api/client";
import type { Standing } from "@/api/standing";
import { formatNumber } from "@/components/format-number";
import { GamePicture } from "@/components/game-picture";

/** One machine of the arcade: its screen, its name, how well one has done on it. */
export function GameCard({ game, standing }: { readonly game: Game; readonly standing: Standing | null }) {
  const best = standing?.best ?? null;
  return (
    <Link to="/play/$gameId" params={{ gameId: game.id }} className="group block rounded-lg">
      <GamePicture game={game} />
      <div className="mt-3.5 flex items-baseline justify-between gap-3">
        <h2 className="min-w-0 text-xl group-hover:text-accent">{game.title}</h2>
        {best !== null && (
          <p className="shrink-0 text-sm text-dim">
            Best <span className="numeric text-[0.8125rem] text-ink">{formatNumber(best)}</span>
          </p>
        )}
      </div>
      <p className="mt-1 line-clamp-2 text-sm text-dim">{game.summary}</p>
      <Tags game={game} standing={standing} />
    </Link>
  );
}

function Tags({ game, standing }: { readonly game: Game; readonly standing: Standing | null }) {
  const tags = [
    game.pacing.mode === "turn" ? "At your own pace" : null,
    game.flashing ? "Flashing pictures" : null,
    standing?.attempts === 0 ? "New to you" : null,
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
