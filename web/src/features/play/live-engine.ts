/** The engine that plays through the server: in a worker, or beside the page in a browser whose workers cannot draw. */
import { fetchEpisode, requestNewTicket, requestResumeTicket } from "@/api/client";
import type { Options } from "@/api/options";
import { describeClient } from "@/player/client-description";
import { LiveDriver } from "@/player/drivers/live";
import { openLiveSocket } from "@/player/drivers/live-socket";
import type { ResumeKey, TicketOffice } from "@/player/drivers/ticket";
import type { MakeEngine } from "@/player/engine/engine";
import { EngineHere } from "@/player/engine/here";
import { canDrawInWorker, EngineInWorker } from "@/player/engine/in-worker";
import { browserTime } from "@/player/time";

interface LiveGame {
  readonly gameId: string;
  readonly options: Options;
  readonly resume: ResumeKey | null;
  readonly isRecorded: boolean;
}

export function chooseLiveEngine({ gameId, options, resume, isRecorded }: LiveGame): MakeEngine {
  const office = openOffice(gameId, options);
  if (canDrawInWorker()) {
    return (canvas, listener) => new EngineInWorker({ canvas, office, resume, isRecorded }, listener);
  }
  const time = browserTime;
  return (canvas, listener) => {
    const driver = new LiveDriver({ office, openSocket: openLiveSocket, time, resume });
    return new EngineHere({ driver, time, canvas, isRecorded }, listener);
  };
}

function openOffice(gameId: string, options: Options): TicketOffice {
  return {
    async requestTicket(resume) {
      const { episode_id, path } =
        resume === null
          ? await requestNewTicket(gameId, options)
          : await requestResumeTicket(resume.episode_id, resume.resume_token);
      return { episode_id, path, client: describeClient() };
    },
    async fetchEnd(episodeId) {
      const { status, end_reason, n_steps, score, metric } = await fetchEpisode(episodeId);
      if (status === "running") return null;
      return { type: "ended", status, reason: end_reason ?? "", n_steps, score: score ?? 0, metric };
    },
  };
}
