/** The HTTP calls of a play. They need the page's login, so they are the page's wherever the rest runs. Both reject with a `Refusal`. */
import type { HelloMessage } from "@/protocol/client-messages";
import type { EndedMessage } from "@/protocol/server-messages";

export interface ResumeKey {
  readonly episode_id: string;
  /** Without it the server waits until nobody has been connected for a while (LIVE-2). */
  readonly resume_token: string | null;
}

/** What of `hello` does not depend on the moment. */
export type ClientFacts = Pick<HelloMessage, "page_load" | "client" | "clock_step_us">;

export interface Ticket {
  readonly episode_id: string;
  /** The socket's path, the ticket in it. */
  readonly path: string;
  /** Who comes with it. */
  readonly client: ClientFacts;
}

export interface TicketOffice {
  /** `POST /play-tickets`. Null begins a new episode. */
  requestTicket(resume: ResumeKey | null): Promise<Ticket>;
  /** How an episode ended whose end was not heard; null if it has not (LIVE-27). */
  fetchEnd(episodeId: string): Promise<EndedMessage | null>;
}
