import type { Game } from "@/api/client";
import { Button } from "@/components/button";
import { useIsTouchOnly } from "./use-is-touch-only";

export function ReadyOverlay({
  game,
  isKept,
  onStart,
}: {
  readonly game: Game;
  /** Whether anything of it is. */
  readonly isKept: boolean;
  readonly onStart: () => void;
}) {
  const prompt = useIsTouchOnly() ? "Tap to start" : "Press any key to start";
  return (
    <div className="pointer-events-none absolute inset-0 flex flex-col justify-end bg-linear-to-t from-black/95 via-black/80 via-40% to-transparent to-85% p-5 text-center sm:p-8 low:p-3">
      <p className="text-3xl font-extrabold tracking-tight text-glow motion-safe:animate-prompt sm:text-4xl low:text-2xl">
        {prompt}
      </p>
      {game.flashing && (
        <p className="mt-3 text-sm text-ink low:mt-1">Careful: this game shows flashing pictures.</p>
      )}
      {!isKept && (
        <p className="mt-3 text-sm text-ink low:mt-1">This game is not recorded: its score won't be kept.</p>
      )}
      <div className="pointer-events-auto mt-5 low:mt-2">
        <Button look="plain" onClick={onStart}>
          Start
        </Button>
      </div>
    </div>
  );
}
