import type { Game } from "@/api/client";
import { Button } from "@/components/button";
import { formatWhen } from "@/components/format-when";
import { GamePicture } from "@/components/game-picture";

/** A game that has not ended: go on with it, or begin anew. Whether it was left or is played in another window, this page cannot tell. */
export function ContinueOffer({
  game,
  started,
  how,
  onContinue,
  onNewGame,
}: {
  readonly game: Game;
  readonly started: string;
  /** Its options, where they are not as usual. */
  readonly how: string | null;
  readonly onContinue: () => void;
  readonly onNewGame: () => void;
}) {
  return (
    <section className="grid max-w-3xl gap-6 rounded-lg border border-line bg-surface p-6 sm:grid-cols-[15rem_1fr] sm:items-center sm:gap-8">
      <GamePicture game={game} />
      <div>
        <p className="text-dim">
          {game.title}
          {how !== null && `, ${how}`}
        </p>
        <h1 className="mt-1 text-3xl">You have a game under way</h1>
        <p className="mt-2 text-dim">
          Go on with your game of {formatWhen(started)} from where it stands now, or begin a new one.
        </p>
        <div className="mt-6 flex flex-wrap gap-3">
          <Button look="primary" onClick={onContinue}>
            Continue your game
          </Button>
          <Button onClick={onNewGame}>New game</Button>
        </div>
      </div>
    </section>
  );
}
