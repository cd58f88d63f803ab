import { useQuery } from "@tanstack/react-query";
import { fetchOwnEpisodes } from "@/api/client";

/** The games one has played, newest first. Pages that show a best from it also work without. */
export function useOwnEpisodes() {
  return useQuery({ queryKey: ["own-episodes"], queryFn: fetchOwnEpisodes });
}
