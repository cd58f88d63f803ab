import { queryOptions, useQuery } from "@tanstack/react-query";
import { fetchGames } from "@/api/client";

export const gamesQuery = queryOptions({ queryKey: ["games"], queryFn: fetchGames });

/** All games, in the order in which they are offered. */
export function useGames() {
  return useQuery(gamesQuery);
}
