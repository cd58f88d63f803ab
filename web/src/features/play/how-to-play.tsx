import type { ReactNode } from "react";
import type { Game } from "@/api/client";
import { KeyCap } from "@/components/key-cap";
import { listGameCodes } from "./game-codes";

/** Beside the machine: what it is about, and which key does what. */
export function HowToPlay({ game }: { readonly game: Game }) {
  const codes = listGameCodes(game);
  const shortcuts = [
    { code: "KeyP", say: "Pause" },
    { code: "KeyF", say: "Full screen" },
  ].filter(({ code }) => !codes.has(code));
  return (
    <aside aria-labelledby="game-title" className="lg:pt-1">
      <h1 id="game-title" className="text-3xl sm:text-4xl">
        {game.title}
      </h1>
      <p className="mt-2 text-dim">{game.summary}</p>
      <Section title="How to play">
        <ul className="space-y-2">
          {game.instructions.map((line) => (
            <li key={line} className="flex gap-2.5 before:text-accent before:content-['▪']">
              <span>{line}</span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Controls">
        <dl className="space-y-2.5">
          {game.controls.map(({ does, keys, say }) => (
            <Control key={does} say={say}>
              {keys.map((code) => (
                <KeyCap key={code} code={code} />
              ))}
            </Control>
          ))}
          {game.sequences.map(({ does, keys, say }) => (
            <Control key={does} say={say || does}>
              <Sequence keys={keys} />
            </Control>
          ))}
          {shortcuts.map(({ code, say }) => (
            <Control key={code} say={say}>
              <KeyCap code={code} />
            </Control>
          ))}
        </dl>
        {game.pointer.length > 0 && <p className="mt-3 text-dim">You can also click or tap the picture.</p>}
      </Section>
      {game.flashing && (
        <p className="mt-8 rounded-md border border-line p-4 text-sm">
          <strong>Flashing pictures.</strong> Don't play this one if flashing light is bad for you.
        </p>
      )}
    </aside>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="mt-7">
      <h2 className="mb-3 text-lg">{title}</h2>
      {children}
    </section>
  );
}

function Control({ say, children }: { readonly say: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-3">
      <dt>{say}</dt>
      <dd className="flex shrink-0 flex-wrap items-center justify-end gap-1.5">{children}</dd>
    </div>
  );
}

function Sequence({ keys }: { readonly keys: readonly string[] }) {
  return keys.map((code, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a sequence never changes
    <span key={place} className="flex items-center gap-1.5">
      {place > 0 && (
        <span aria-hidden="true" className="text-dim">
          →
        </span>
      )}
      <KeyCap code={code} />
    </span>
  ));
}
