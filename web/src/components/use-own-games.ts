import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { changeOwnSettings, fetchOwnGames, type OwnGame } from "@/api/client";
import { changeOwnGame } from "@/api/own-games";
import type { Keys } from "@/api/own-keys";
import { playedHere } from "@/api/played-here";

/** A little longer than the server's list takes to learn of a step. */
const indexLagMs = 3000;

export const ownGamesQuery = queryOptions({
  queryKey: ["own-games"],
  queryFn: async () => playedHere.complete(await fetchOwnGames()),
});

function indexById(games: readonly OwnGame[]): ReadonlyMap<string, OwnGame> {
  return new Map(games.map((own) => [own.game_id, own]));
}

/** What one has set and reached, by the games' ids. Pages that show it also work without. */
export function useOwnGames() {
  return useQuery({
    ...ownGamesQuery,
    select: indexById,
    // Who comes right from a game may be quicker than the server's list: it is looked at once more.
    refetchInterval: ({ state }) => (state.dataUpdateCount < 2 ? indexLagMs : false),
  });
}

/** The same, as it was asked for when the page was opened: whoever wants to play does not wait for a second try. */
export function useOwnGamesOnArrival() {
  return useQuery({ ...ownGamesQuery, select: indexById, retry: false, retryOnMount: false });
}

/** Shows at once what is known here already; the server is asked for the rest when a page needs it. */
export function tellOwnGames(
  queryClient: QueryClient,
  change: (games: readonly OwnGame[]) => readonly OwnGame[],
): void {
  queryClient.setQueryData(ownGamesQuery.queryKey, (games = []) => change(games));
  void queryClient.invalidateQueries({ queryKey: ownGamesQuery.queryKey, refetchType: "none" });
}

/** Makes a game a favourite, or no longer; shown before the server has it, and taken back if it does not. */
export function useChangeFavourite(gameId: string) {
  const queryClient = useQueryClient();
  const show = (favourite: boolean) =>
    queryClient.setQueryData(
      ownGamesQuery.queryKey,
      (games) => games && changeOwnGame(games, gameId, () => ({ favourite })),
    );
  return useMutation({
    mutationFn: (favourite: boolean) => changeOwnSettings(gameId, { favourite }),
    scope: { id: `favourite ${gameId}` },
    onMutate: async (favourite) => {
      await queryClient.cancelQueries({ queryKey: ownGamesQuery.queryKey });
      show(favourite);
    },
    onError: (_error, favourite) => show(!favourite),
  });
}

/** Sets one's own keys in a game. */
export function useChangeKeys(gameId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (keys: Keys) => changeOwnSettings(gameId, { keys: { ...keys } }),
    onSuccess: ({ keys }) => {
      queryClient.setQueryData(
        ownGamesQuery.queryKey,
        (games) => games && changeOwnGame(games, gameId, () => ({ keys })),
      );
    },
  });
}
