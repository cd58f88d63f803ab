/** The options that were chosen last for a game, kept in this browser. */
import { storage } from "@/lib/storage";
import type { Game } from "./client";
import { completeOptions, findUnusual, type Options } from "./options";

function formName(gameId: string): string {
  return `skill-arcade.options.${gameId}`;
}

export const chosenOptions = {
  /** Those as usual where nothing was chosen. */
  read(game: Pick<Game, "id" | "options">): Options {
    if (game.options.length === 0) return {};
    try {
      const kept: unknown = JSON.parse(storage.read(formName(game.id)) ?? "{}");
      return completeOptions(game, Object(kept));
    } catch {
      return completeOptions(game, {});
    }
  },
  keep(game: Pick<Game, "id" | "options">, options: Options): void {
    const unusual = findUnusual(game, options);
    if (Object.keys(unusual).length === 0) storage.remove(formName(game.id));
    else storage.write(formName(game.id), JSON.stringify(unusual));
  },
};
