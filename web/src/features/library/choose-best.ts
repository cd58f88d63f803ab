import { chosenOptions } from "@/api/chosen-options";
import type { Game, OwnGame } from "@/api/client";
import { completeOptions, describeOptions, type Options } from "@/api/options";
import { findBest } from "@/api/own-games";

export interface CardBest {
  readonly metric: number;
  /** How the game was then, if not as usual. */
  readonly with: string | null;
}

/** The best for a game's card: with the options that its Play button begins with, else with the usual ones, else with those first played. */
export function chooseBest(game: Game, own: OwnGame | undefined): CardBest | null {
  if (own === undefined) return null;
  const choices: readonly Options[] = [
    chosenOptions.read(game),
    completeOptions(game, {}),
    ...own.best.map(({ options }) => options),
  ];
  for (const options of choices) {
    const metric = findBest(game, own, options);
    if (metric !== null) return { metric, with: describeOptions(game, options) };
  }
  return null;
}
