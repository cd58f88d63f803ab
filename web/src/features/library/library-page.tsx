import { useCallback, useDeferredValue, useMemo, useState } from "react";
import type { Game, OwnGame } from "@/api/client";
import { Button } from "@/components/button";
import { Notice } from "@/components/notice";
import { RefusalNotice } from "@/components/refusal-notice";
import { useGames } from "@/components/use-games";
import { useOwnGames } from "@/components/use-own-games";
import { useTitle } from "@/components/use-title";
import { shorten } from "@/lib/shorten";
import { arrangeGames, type Shelf } from "./arrange-games";
import { FilterChips } from "./filter-chips";
import { type Filter, listFilters } from "./filters";
import { findGames } from "./find-games";
import { GameCardGhost } from "./game-card";
import { GameShelf, gridClass } from "./game-shelf";
import type { LibraryView } from "./library-view";
import { SearchField } from "./search-field";
import { useSearchText } from "./use-search-text";

/** With fewer games than this, searching and sorting are only clutter. */
const searchableFrom = 9;
/** In characters, in a heading. */
const longestQuoted = 40;

export interface LibraryPageProps {
  readonly view: LibraryView;
  /** A step that the browser's back button takes back, or one in its place. */
  readonly onView: (view: LibraryView, isStep: boolean) => void;
}

export function LibraryPage(props: LibraryPageProps) {
  useTitle("Games");
  const games = useGames();
  return (
    <div className="mx-auto max-w-7xl px-4 py-8 sm:px-8 sm:py-12">
      {games.isPending && <LoadingShelf />}
      {games.isError && <RefusalNotice error={games.error} onRetry={() => void games.refetch()} />}
      {games.isSuccess &&
        (games.data.length === 0 ? (
          <Notice
            title="No games yet"
            action={<Button onClick={() => void games.refetch()}>Look again</Button>}
          >
            The arcade is open, but nobody has set up a machine. Ask whoever invited you.
          </Notice>
        ) : (
          <Library {...props} games={games.data} />
        ))}
    </div>
  );
}

const nothingKnown: ReadonlyMap<string, OwnGame> = new Map();

function Library({ view, onView, games }: LibraryPageProps & { readonly games: readonly Game[] }) {
  const answer = useOwnGames();
  const own = answer.data ?? nothingKnown;
  const inAddress = view.q ?? "";
  const [text, setText] = useSearchText(inAddress, (q) => onView({ ...view, q }, inAddress === ""));
  const wanted = useDeferredValue(text).trim();
  const { wasFavourite, noteFavourite } = useFavouritesOnArrival(own);
  const filters = useMemo(
    // One whose star was just taken away is still here.
    () => listFilters(games, (game) => own.get(game.id)?.favourite === true || wasFavourite(game)),
    [games, own, wasFavourite],
  );
  const filter = filters.find(({ name }) => name === view.show) ?? null;
  const shelves = useMemo(
    () => chooseShelves({ games, own, wanted, filter, wasFavourite }),
    [games, own, wanted, filter, wasFavourite],
  );
  const isSorted = filter !== null || wanted !== "";
  const tellsNew = useMemo(() => countTried(games, own) * 2 > games.length, [games, own]);
  return (
    <>
      <div className="mb-6 flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
        <h1 className="text-4xl sm:text-5xl">Pick a game</h1>
        {games.length >= searchableFrom && <SearchField value={text} onChange={setText} />}
      </div>
      {games.length >= searchableFrom && (
        <FilterChips
          filters={filters}
          chosen={filter}
          onChoose={(show) => onView({ q: text, ...(show === null ? {} : { show }) }, true)}
        />
      )}
      <p role="status" className="sr-only">
        {isSorted && shelves[0]?.title}
      </p>
      {shelves.length === 0 ? (
        <NothingFound
          wanted={wanted}
          filter={filter}
          nElsewhere={filter === null ? 0 : findGames(games, wanted).length}
          onLookEverywhere={() => onView({ q: text }, true)}
          onShowAll={() => {
            setText("");
            onView({}, true);
          }}
        />
      ) : (
        <div className={`gap-y-11 ${gridClass}`}>
          {shelves.map((shelf, index) => (
            <GameShelf
              key={shelf.title}
              shelf={shelf}
              isTitleHidden={shelves.length === 1 && !isSorted}
              isShort={index < shelves.length - 1}
              own={answer.isSuccess ? own : null}
              tellsNew={tellsNew}
              onFavourite={noteFavourite}
            />
          ))}
        </div>
      )}
    </>
  );
}

/** To be told what is new helps only where that is less than half. */
function countTried(games: readonly Game[], own: ReadonlyMap<string, OwnGame>): number {
  return games.filter(({ id }) => (own.get(id)?.attempts ?? 0) > 0).length;
}

function chooseShelves({
  games,
  own,
  wanted,
  filter,
  wasFavourite,
}: {
  readonly games: readonly Game[];
  readonly own: ReadonlyMap<string, OwnGame>;
  readonly wanted: string;
  readonly filter: Filter | null;
  readonly wasFavourite: (game: Game) => boolean;
}): readonly Shelf[] {
  const shelves = arrangeGames(filter === null ? games : games.filter(filter.has), own, wasFavourite);
  if (filter === null && wanted === "") return shelves;
  // Whoever looks for something wants one list, still with their own games first.
  const found = findGames(
    shelves.flatMap((shelf) => shelf.games),
    wanted,
  );
  if (found.length === 0) return [];
  return [{ title: found.length === 1 ? "1 game" : `${found.length} games`, games: found }];
}

/** A card stays where it is when its star is touched: it finds its new place when the library is opened again. */
function useFavouritesOnArrival(own: ReadonlyMap<string, OwnGame>) {
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const wasFavourite = useCallback(
    ({ id }: Game) => changed.get(id) ?? own.get(id)?.favourite === true,
    [changed, own],
  );
  const noteFavourite = useCallback(
    ({ id }: Pick<Game, "id">, was: boolean) =>
      setChanged((before) => (before.has(id) ? before : new Map(before).set(id, was))),
    [],
  );
  return { wasFavourite, noteFavourite };
}

function NothingFound({
  wanted,
  filter,
  nElsewhere,
  onLookEverywhere,
  onShowAll,
}: {
  readonly wanted: string;
  readonly filter: Filter | null;
  readonly nElsewhere: number;
  readonly onLookEverywhere: () => void;
  readonly onShowAll: () => void;
}) {
  const quoted = shorten(wanted, longestQuoted);
  if (filter !== null && nElsewhere > 0) {
    return (
      <Notice
        heading="h2"
        title={wanted === "" ? "Nothing here yet" : `No “${quoted}” under ${filter.label}`}
        action={
          <Button look="primary" onClick={onLookEverywhere}>
            Look in all games ({nElsewhere})
          </Button>
        }
      >
        There is something among the other games.
      </Notice>
    );
  }
  return (
    <Notice
      heading="h2"
      title={`No game is called “${quoted}”`}
      action={
        <Button look="primary" onClick={onShowAll}>
          See all games
        </Button>
      }
    >
      Try another word, or have a look at all of them.
    </Notice>
  );
}

function LoadingShelf() {
  return (
    <div role="status">
      <h1 className="mb-8 text-4xl text-dim sm:text-5xl">Switching on the machines…</h1>
      <div className={`gap-y-9 ${gridClass}`} aria-hidden="true">
        {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
          <GameCardGhost key={key} />
        ))}
      </div>
    </div>
  );
}
