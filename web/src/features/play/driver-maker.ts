/** How a page gets its driver. The app plays through the server; tests and the made-up arcade of `dev/` put something else here. */
import { createContext } from "react";
import { requestNewTicket, requestResumeTicket } from "@/api/client";
import { formSocketUrl } from "@/lib/server-address";
import { describeClient } from "@/player/client-description";
import type { Driver } from "@/player/drivers/driver";
import { LiveDriver } from "@/player/drivers/live";
import type { ResumeKey } from "@/player/drivers/ticket";
import { browserTime } from "@/player/time";

export type MakeDriver = (gameId: string, resume: ResumeKey | null) => Driver;

export function makeLiveDriver(gameId: string, resume: ResumeKey | null): Driver {
  return new LiveDriver({
    resume,
    describeClient,
    time: browserTime,
    openSocket: (path, subprotocol) => new WebSocket(formSocketUrl(path), subprotocol),
    requestTicket: (key) =>
      key === null ? requestNewTicket(gameId) : requestResumeTicket(key.episode_id, key.resume_token),
  });
}

export const DriverMaker = createContext<MakeDriver>(makeLiveDriver);
