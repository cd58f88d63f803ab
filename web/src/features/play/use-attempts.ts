import { useQuery } from "@tanstack/react-query";
import { fetchOwnGames } from "@/api/client";

/** How often one has begun this game, the one that just ended included; null as long as, or when, that is not known. */
export function useAttempts(gameId: string, episodeId: string | null): number | null {
  const attempts = useQuery({
    queryKey: ["attempts", gameId, episodeId],
    queryFn: async () => (await fetchOwnGames()).find(({ game_id }) => game_id === gameId)?.attempts ?? null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return attempts.data ?? null;
}
