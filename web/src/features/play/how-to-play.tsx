import type { ReactNode } from "react";
import type { Game } from "@/api/client";
import { ControlList } from "@/components/control-list";
import { listGameCodes } from "./game-codes";
import { LitKeyCap } from "./lit-key-cap";
import { useIsTouchOnly } from "./use-is-touch-only";

/** Beside the machine: what it is about, and which key does what. */
export function HowToPlay({ game }: { readonly game: Game }) {
  const isTouch = useIsTouchOnly();
  const codes = listGameCodes(game);
  const shortcuts = [
    { code: "KeyP", say: "Pause" },
    { code: "KeyF", say: "Full screen" },
    ...(game.sound ? [{ code: "KeyM", say: "Sound" }] : []),
  ].filter(({ code }) => !codes.has(code));
  return (
    <aside aria-labelledby="game-title" className="lg:pt-1">
      <h1 id="game-title" className="text-3xl sm:text-4xl">
        {game.title}
      </h1>
      <p className="mt-2 text-dim">{game.summary}</p>
      {/* Beside the machine one below the other; under it beside each other, where that has room. */}
      <div className="grid gap-x-12 md:max-lg:grid-cols-2">
        <Section title="How to play">
          <Lines lines={game.instructions} />
          {game.tips.length > 0 && (
            <details className="mt-3">
              <summary className="min-h-6 w-fit cursor-pointer rounded-sm text-dim hover:text-ink pointer-coarse:py-2.5">
                Good to know
              </summary>
              <Lines lines={game.tips} />
            </details>
          )}
        </Section>
        {/* On a phone the keys that are drawn on the glass say themselves what they do. */}
        {!isTouch && (
          <Section title="Controls">
            <div className="mt-3">
              <ControlList game={game} more={shortcuts} Cap={LitKeyCap} />
            </div>
            {game.pointer_axes.length > 0 && (
              <p className="mt-3 text-dim">Move the mouse over the picture to steer.</p>
            )}
            {game.pointer.length > 0 && <p className="mt-3 text-dim">You can also click the picture.</p>}
          </Section>
        )}
      </div>
      {game.flashing && (
        <p className="mt-8 rounded-md border border-line p-4 text-sm">
          <strong>Flashing pictures.</strong> Don't play this one if flashing light is bad for you.
        </p>
      )}
    </aside>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul className="mt-3 space-y-2">
      {lines.map((line) => (
        <li key={line} className="flex gap-2.5 before:text-accent before:content-['▪']">
          <span>{line}</span>
        </li>
      ))}
    </ul>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="mt-7">
      <h2 className="text-lg">{title}</h2>
      {children}
    </section>
  );
}
