import type { Game } from "@/api/client";
import { Button } from "@/components/button";
import { useIsTouchOnly } from "./use-is-touch-only";

export function ReadyOverlay({ game, onStart }: { readonly game: Game; readonly onStart: () => void }) {
  const isTouchOnly = useIsTouchOnly();
  const needsKeyboard = isTouchOnly && game.pointer.length === 0;
  const prompt = isTouchOnly ? "Tap to start" : "Press any key to start";
  return (
    <div className="pointer-events-none absolute inset-0 flex flex-col justify-end bg-linear-to-t from-black/95 via-black/60 via-30% to-transparent to-70% p-5 text-center sm:p-8">
      <p className="text-3xl font-extrabold tracking-tight text-glow motion-safe:animate-prompt sm:text-4xl">
        {needsKeyboard ? "You need a keyboard" : prompt}
      </p>
      {needsKeyboard && (
        <p className="mt-3 text-ink">This game can't be played by touch yet. Open it on a computer.</p>
      )}
      {game.flashing && <p className="mt-3 text-sm text-ink">Careful: this game shows flashing pictures.</p>}
      <div className="pointer-events-auto mt-5">
        <Button look="plain" onClick={onStart}>
          Start
        </Button>
      </div>
    </div>
  );
}
