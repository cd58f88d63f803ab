export interface ResumeKey {
  readonly episode_id: string;
  /** Without it the server waits until nobody has been connected for a while (LIVE-2). */
  readonly resume_token: string | null;
}

interface Ticket {
  readonly episode_id: string;
  /** The socket's path, the ticket in it. */
  readonly path: string;
}

/** `POST /play-tickets`; rejects with a `Refusal`. Null begins a new episode. */
export type RequestTicket = (resume: ResumeKey | null) => Promise<Ticket>;
