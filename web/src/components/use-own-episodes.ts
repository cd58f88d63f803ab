import { useQuery } from "@tanstack/react-query";
import { fetchOwnEpisodes } from "@/api/client";
import { endedHere } from "@/api/ended-here";

/** The games one has played, newest first. Pages that show a best from it also work without. */
export function useOwnEpisodes() {
  return useQuery({ queryKey: ["own-episodes"], queryFn: fetchWithEnds });
}

async function fetchWithEnds() {
  return endedHere.complete(await fetchOwnEpisodes());
}
