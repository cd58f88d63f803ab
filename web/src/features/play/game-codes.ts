import type { Game } from "@/api/client";

type Bindings = Pick<Game, "controls" | "sequences" | "pointer">;

/** Every key that means something in the game. */
export function listGameCodes({ controls, sequences, pointer }: Bindings): ReadonlySet<string> {
  return new Set([
    ...controls.flatMap(({ keys }) => keys),
    ...sequences.flatMap(({ keys }) => keys),
    ...pointer.map(({ key }) => key),
  ]);
}
