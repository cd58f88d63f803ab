import type { Game } from "@/api/client";
import { nameKey } from "@/components/key-names";

export interface KeyRow {
  readonly say: string;
  /** Keys of the game itself. */
  readonly codes: readonly string[];
}

/** What there is to be exchanged: the keys of each control, and each key that belongs to moves of several keys. */
export function listKeyRows({
  controls,
  sequences,
}: Pick<Game, "controls" | "sequences">): readonly KeyRow[] {
  const alone = new Set(controls.flatMap(({ keys }) => keys));
  const together = [...new Set(sequences.flatMap(({ keys }) => keys))].filter((code) => !alone.has(code));
  return [
    ...controls.map(({ say, keys }) => ({ say, codes: keys })),
    ...together.map((code) => ({ say: `In place of ${nameKey(code).spoken}`, codes: [code] })),
  ];
}
