import type { ComponentType, ReactNode } from "react";
import type { Game } from "@/api/client";
import { KeyCap } from "./key-cap";

/** More moves of several keys than this are folded away: their keys say it too. */
const foldedFrom = 9;

/** Which key does what, each key drawn as one. */
export function ControlList({
  game,
  more = [],
  Cap = KeyCap,
}: {
  readonly game: Pick<Game, "controls" | "sequences">;
  /** Keys of the page itself. */
  readonly more?: readonly { readonly code: string; readonly say: string }[];
  /** What draws a key. */
  readonly Cap?: ComponentType<{ readonly code: string }>;
}) {
  const isFolded = game.sequences.length >= foldedFrom;
  const moves = game.sequences.map(({ does, keys, say }) => (
    <Control key={does} say={say || does}>
      <Sequence keys={keys} Cap={Cap} />
    </Control>
  ));
  return (
    <div className="space-y-2.5">
      <dl className="space-y-2.5">
        {game.controls.map(({ does, keys, say }) => (
          <Control key={does} say={say}>
            {keys.map((code) => (
              <Cap key={code} code={code} />
            ))}
          </Control>
        ))}
        {isFolded ? (
          <Control say="One after the other">
            {listKeys(game.sequences).map((code) => (
              <Cap key={code} code={code} />
            ))}
          </Control>
        ) : (
          moves
        )}
        {more.map(({ code, say }) => (
          <Control key={code} say={say}>
            <Cap code={code} />
          </Control>
        ))}
      </dl>
      {isFolded && (
        <details>
          <summary className="min-h-6 w-fit cursor-pointer rounded-sm text-dim hover:text-ink">
            All {moves.length} moves
          </summary>
          <dl className="mt-2.5 space-y-2.5">{moves}</dl>
        </details>
      )}
    </div>
  );
}

function listKeys(sequences: Game["sequences"]): readonly string[] {
  return [...new Set(sequences.flatMap(({ keys }) => keys))];
}

function Control({ say, children }: { readonly say: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-3">
      <dt>{say}</dt>
      <dd className="flex flex-wrap items-center justify-end gap-1.5">{children}</dd>
    </div>
  );
}

function Sequence({
  keys,
  Cap,
}: {
  readonly keys: readonly string[];
  readonly Cap: ComponentType<{ readonly code: string }>;
}) {
  return keys.map((code, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a sequence never changes
    <span key={place} className="flex items-center gap-1.5">
      {place > 0 && (
        <span aria-hidden="true" className="text-dim">
          →
        </span>
      )}
      <Cap code={code} />
    </span>
  ));
}
