/** How a page gets its driver. The app plays through the server; tests and the made-up arcade of `dev/` put something else here. */
import { createContext } from "react";
import { fetchEpisode, requestNewTicket, requestResumeTicket } from "@/api/client";
import { formSocketUrl } from "@/lib/server-address";
import { describeClient } from "@/player/client-description";
import type { Driver } from "@/player/drivers/driver";
import { LiveDriver } from "@/player/drivers/live";
import type { ResumeKey } from "@/player/drivers/ticket";
import { browserTime } from "@/player/time";
import type { EndedMessage } from "@/protocol/server-messages";

export type MakeDriver = (gameId: string, resume: ResumeKey | null) => Driver;

export function makeLiveDriver(gameId: string, resume: ResumeKey | null): Driver {
  return new LiveDriver({
    resume,
    describeClient,
    fetchEnd,
    time: browserTime,
    openSocket: (path, subprotocol) => new WebSocket(formSocketUrl(path), subprotocol),
    requestTicket: (key) =>
      key === null ? requestNewTicket(gameId) : requestResumeTicket(key.episode_id, key.resume_token),
  });
}

/** LIVE-27: what `ended` would have said. */
async function fetchEnd(episodeId: string): Promise<EndedMessage | null> {
  const { status, end_reason, n_steps, score, metric } = await fetchEpisode(episodeId);
  if (status === "running") return null;
  return { type: "ended", status, reason: end_reason ?? "", n_steps, score: score ?? 0, metric };
}

export const DriverMaker = createContext<MakeDriver>(makeLiveDriver);
