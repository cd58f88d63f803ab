import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Game, OwnGame } from "@/api/client";
import { findUnusual, type Options } from "@/api/options";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** What becomes of the game that was left: that was asked already. Said of this one only, since a reloaded page has it still. */
    left?: { readonly episodeId: string; readonly isContinued: boolean };
  }
}

/** Leads to the machine, to begin with these options, or to go on with the game that was left. */
export function PlayLink({
  game,
  options,
  running,
  isContinued = running !== null,
  children,
  ...rest
}: {
  readonly game: Pick<Game, "id" | "options">;
  readonly options: Options;
  /** The game that was left. */
  readonly running: OwnGame["running"];
  readonly isContinued?: boolean;
  readonly className?: string;
  readonly ref?: React.Ref<HTMLAnchorElement>;
  readonly children: ReactNode;
}) {
  return (
    <Link
      to="/play/$gameId"
      params={{ gameId: game.id }}
      search={findUnusual(game, (isContinued && running?.options) || options)}
      state={running === null ? {} : { left: { episodeId: running.episode_id, isContinued } }}
      {...rest}
    >
      {children}
    </Link>
  );
}
