import { useState } from "react";
import { chosenOptions } from "@/api/chosen-options";
import type { Game } from "@/api/client";
import { completeOptions, findUnusual, type Options } from "@/api/options";

/** What is chosen on a game's page: what its address says, or, when that says nothing, what was chosen here last. */
export function useOptions(game: Game, wanted: Options, onChoose: (unusual: Options) => void) {
  const [options, setOptions] = useState(() => {
    const isInAddress = game.options.some(({ name }) => Object.hasOwn(wanted, name));
    return isInAddress ? completeOptions(game, wanted) : chosenOptions.read(game);
  });
  return {
    options,
    choose(name: string, value: Options[string]) {
      const next = { ...options, [name]: value };
      setOptions(next);
      chosenOptions.keep(game, next);
      onChoose(findUnusual(game, next));
    },
  };
}
