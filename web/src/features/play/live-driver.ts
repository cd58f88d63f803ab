/** The driver that plays through the server. */
import { fetchEpisode, requestNewTicket, requestResumeTicket } from "@/api/client";
import { formSocketUrl } from "@/lib/server-address";
import { describeClient } from "@/player/client-description";
import { LiveDriver } from "@/player/drivers/live";
import { browserTime } from "@/player/time";
import type { EndedMessage } from "@/protocol/server-messages";
import type { MakeDriver } from "./driver-maker";

export const makeLiveDriver: MakeDriver = (gameId, options, resume) =>
  new LiveDriver({
    resume,
    describeClient,
    fetchEnd,
    time: browserTime,
    openSocket: (path, subprotocol) => new WebSocket(formSocketUrl(path), subprotocol),
    requestTicket: (key) =>
      key === null
        ? requestNewTicket(gameId, options)
        : requestResumeTicket(key.episode_id, key.resume_token),
  });

/** LIVE-27: what `ended` would have said. */
async function fetchEnd(episodeId: string): Promise<EndedMessage | null> {
  const { status, end_reason, n_steps, score, metric } = await fetchEpisode(episodeId);
  if (status === "running") return null;
  return { type: "ended", status, reason: end_reason ?? "", n_steps, score: score ?? 0, metric };
}
