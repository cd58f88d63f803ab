import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useState } from "react";
import { fetchGames, type Game } from "@/api/client";
import { computeStanding } from "@/api/standing";
import { Button } from "@/components/button";
import { Icon } from "@/components/icons";
import { Notice } from "@/components/notice";
import { RefusalNotice } from "@/components/refusal-notice";
import { useOwnEpisodes } from "@/components/use-own-episodes";
import { useTitle } from "@/components/use-title";
import { findGames } from "./find-games";
import { GameCard, GameCardGhost } from "./game-card";

/** With fewer games than this a search box is only clutter. */
const searchableFrom = 9;
const gridClass = "grid grid-cols-[repeat(auto-fill,minmax(min(100%,15.5rem),1fr))] gap-x-6 gap-y-9";

export function LibraryPage() {
  useTitle("Games");
  const games = useQuery({ queryKey: ["games"], queryFn: fetchGames });
  return (
    <div className="mx-auto max-w-7xl px-4 py-8 sm:px-8 sm:py-12">
      {games.isPending && <LoadingShelf />}
      {games.isError && <RefusalNotice error={games.error} onRetry={() => void games.refetch()} />}
      {games.isSuccess && <Shelf games={games.data} onReload={() => void games.refetch()} />}
    </div>
  );
}

function Shelf({ games, onReload }: { readonly games: readonly Game[]; readonly onReload: () => void }) {
  const own = useOwnEpisodes();
  const [wanted, setWanted] = useState("");
  const found = findGames(games, useDeferredValue(wanted));
  if (games.length === 0) {
    return (
      <Notice title="No games yet" action={<Button onClick={onReload}>Look again</Button>}>
        The arcade is open, but nobody has set up a machine. Ask whoever invited you.
      </Notice>
    );
  }
  return (
    <>
      <div className="mb-8 flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
        <h1 className="text-4xl sm:text-5xl">Pick a game</h1>
        {games.length >= searchableFrom && <Search value={wanted} onChange={setWanted} />}
      </div>
      {found.length === 0 ? (
        <Notice
          heading="h2"
          title={`No game is called “${wanted}”`}
          action={<Button onClick={() => setWanted("")}>Show all games</Button>}
        >
          Try another word, or have a look at all of them.
        </Notice>
      ) : (
        <ul className={gridClass}>
          {found.map((game) => (
            <li key={game.id}>
              <GameCard game={game} standing={own.isSuccess ? computeStanding(game, own.data) : null} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Search({ value, onChange }: { readonly value: string; readonly onChange: (next: string) => void }) {
  const id = useId();
  return (
    <div className="relative w-full xs:w-72">
      <label htmlFor={id} className="sr-only">
        Find a game
      </label>
      <Icon name="search" className="absolute top-3.5 left-3.5 size-4 text-dim" />
      <input
        id={id}
        type="search"
        placeholder="Find a game"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-11 w-full rounded-md border border-edge bg-surface pr-3 pl-10 placeholder:text-dim"
      />
    </div>
  );
}

function LoadingShelf() {
  return (
    <div role="status">
      <h1 className="mb-8 text-4xl text-dim sm:text-5xl">Switching on the machines…</h1>
      <div className={gridClass} aria-hidden="true">
        {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
          <GameCardGhost key={key} />
        ))}
      </div>
    </div>
  );
}
