import type { RefusalFacts } from "@/api/refusal";

export interface Explanation {
  readonly title: string;
  /** What to do about it, in one sentence. */
  readonly advice: string;
  /** Whether asking once more can help. */
  readonly mayRetry: boolean;
}

/** A refusal (LIVE-3) in a player's words. */
export function explainRefusal(refusal: RefusalFacts): Explanation {
  switch (refusal.code) {
    case "unreachable":
      return {
        title: "The arcade can't be reached",
        advice: "Check your internet connection, then try again.",
        mayRetry: true,
      };
    case "page_failed":
      return {
        title: "This page broke down",
        advice: "Reload it, and you can play on.",
        mayRetry: true,
      };
    case "login_required":
      return {
        title: "You've been signed out",
        advice: "Come back in through the front door, and you can play on.",
        mayRetry: false,
      };
    case "not_allowed":
      return {
        title: "This isn't open to you",
        advice: "Pick another game, or ask whoever invited you.",
        mayRetry: false,
      };
    case "unknown_game":
      return {
        title: "There's no such game here",
        advice: "The link may be old. Have a look at the other games.",
        mayRetry: false,
      };
    case "game_unavailable":
      return { title: "This machine is out of order", advice: refusal.detail, mayRetry: false };
    case "bad_options":
      return {
        title: "This game can't be had like that",
        advice: "It has changed since you chose. Choose again on the game's own page.",
        mayRetry: false,
      };
    case "bad_keys":
      return {
        title: "These keys don't go together",
        advice: "Each key can do one thing only. Choose others, or go back to the game's own.",
        mayRetry: false,
      };
    case "unknown_episode":
    case "episode_ended":
      return {
        title: "That game is already over",
        advice: "Start a new one whenever you like.",
        mayRetry: true,
      };
    case "episode_in_use":
      return {
        title: "This game is open somewhere else",
        advice: "Close the other window, wait ten seconds, then try again.",
        mayRetry: true,
      };
    case "at_capacity":
      return {
        title: "All machines are in use",
        advice: `There's no room for one more game right now. Try again in ${formWait(refusal.retryAfterS)}.`,
        mayRetry: true,
      };
    case "storage_full":
      return {
        title: "No room for another game",
        advice: "The arcade has run out of room to keep games. Please try again later.",
        mayRetry: true,
      };
    case "data_folder":
    case "store_away":
      return {
        title: "The arcade can't keep anything just now",
        advice: "So nothing is begun or gone on with. Your games are kept; please try again in a moment.",
        mayRetry: true,
      };
    default:
      return { title: "That didn't work", advice: refusal.detail, mayRetry: refusal.status >= 500 };
  }
}

function formWait(seconds: number | null): string {
  if (seconds === null || seconds <= 0) return "a moment";
  if (seconds < 60) return `${Math.ceil(seconds)} ${Math.ceil(seconds) === 1 ? "second" : "seconds"}`;
  const minutes = Math.ceil(seconds / 60);
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}
