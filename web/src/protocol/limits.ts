/** The numbers of LIVE.md that bind a client. */
export const liveSubprotocol = "skill-arcade.live.v1";

/** LIVE-12. */
export const maxMessageBytes = 16_384;

/** LIVE-2's table of messages: `resend` and `drawn`. */
export const maxResentInputs = 60;
export const maxDrawnReports = 240;

/** LIVE-32. */
export const maxHeldKeys = 16;
