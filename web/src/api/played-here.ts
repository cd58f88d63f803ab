/** Games that were played on this page. The server's list learns of a step or an end some seconds later; until then this knows better. */
import type { OwnGame } from "./client";
import type { Options } from "./options";
import { changeOwnGame } from "./own-games";

export interface PlayedHere {
  readonly episodeId: string;
  readonly gameId: string;
  readonly options: Options;
  readonly n_steps: number;
  /** Null while it runs. An end that does not count has no metric. */
  readonly ended: { readonly metric: number | null } | null;
}

const played = new Map<string, PlayedHere>();

export const playedHere = {
  note(game: PlayedHere): void {
    played.set(game.episodeId, game);
  },
  /** The server's list with what it does not know yet. */
  complete(games: readonly OwnGame[]): readonly OwnGame[] {
    return [...played.values()].reduce(
      (list, game) => changeOwnGame(list, game.gameId, (own) => tellOf(game, own)),
      games,
    );
  },
};

function tellOf({ episodeId, options, n_steps, ended }: PlayedHere, own: OwnGame): Partial<OwnGame> {
  const running = own.running?.episode_id === episodeId ? own.running : null;
  if (ended === null) {
    return running === null ? {} : { running: { ...running, n_steps: Math.max(running.n_steps, n_steps) } };
  }
  const { metric } = ended;
  const isTold = own.best.some((best) => best.metric === metric && isEqual(best.options, options));
  return {
    ...(running === null ? {} : { running: null }),
    ...(metric === null || isTold ? {} : { best: [...own.best, { options: { ...options }, metric }] }),
  };
}

function isEqual(one: Options, other: Options): boolean {
  const names = Object.keys({ ...one, ...other });
  return names.every((name) => one[name] === other[name]);
}
