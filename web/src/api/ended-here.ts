/** Games that ended on this page. The server's list learns of an end some seconds later; until then this knows better. */
import type { EpisodeSummary } from "./client";

type End = Pick<EpisodeSummary, "status" | "n_steps" | "metric">;

const ends = new Map<string, End>();

export const endedHere = {
  note(episodeId: string, { status, n_steps, metric }: End): void {
    ends.set(episodeId, { status, n_steps, metric });
  },
  complete<T extends End & { readonly id: string }>(episodes: readonly T[]): readonly T[] {
    return episodes.map((episode) =>
      episode.status === "running" ? { ...episode, ...ends.get(episode.id) } : episode,
    );
  },
};
