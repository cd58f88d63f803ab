/** LIVE.md section 8: what the end of a socket means and what a client does next (LIVE-70). */
type AfterClose = "stop" | "reconnect" | "new_ticket";

const table: Readonly<Record<number, readonly [reason: string, again: AfterClose]>> = {
  1000: ["ended", "stop"],
  1001: ["going_away", "reconnect"],
  1006: ["connection_lost", "reconnect"],
  1009: ["too_large", "stop"],
  1011: ["internal", "reconnect"],
  1012: ["restarting", "reconnect"],
  4400: ["malformed", "stop"],
  4401: ["ticket_refused", "new_ticket"],
  4404: ["unknown_game", "stop"],
  4406: ["wrong_subprotocol", "stop"],
  4408: ["no_hello", "stop"],
  4409: ["superseded", "stop"],
  4413: ["too_large", "stop"],
  4422: ["out_of_order", "stop"],
  4429: ["too_many_messages", "stop"],
  4440: ["silent", "reconnect"],
  4503: ["session_lost", "stop"],
};

export interface Close {
  readonly code: number;
  readonly reason: string;
  readonly again: AfterClose;
  /** One sentence for a person, where the server gave one. */
  readonly detail: string | null;
}

export function parseClose(code: number, text: string): Close {
  // LIVE-71 says that a connection lost without a close is like 1012; a code from outside the table is a proxy's and says no more than that.
  const [reason, again] = table[code] ?? ["connection_lost", "reconnect"];
  const colon = text.indexOf(":");
  return { code, reason, again, detail: colon === -1 ? null : text.slice(colon + 1).trim() || null };
}
