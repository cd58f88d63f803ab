import type { Game } from "@/api/client";
import type { Options } from "@/api/options";

/** The options that a game was played with, in words. */
export function listOptions(
  game: Pick<Game, "options">,
  chosen: Options,
): readonly { readonly say: string; readonly value: string }[] {
  return game.options.map(({ name, say, values, default: usual }) => {
    const value = chosen[name] ?? usual;
    const words = values.find((each) => each.value === value)?.say ?? "";
    return { say, value: words === "" ? String(value) : words };
  });
}
