import type { Explanation } from "@/components/explain-refusal";
import type { Close } from "@/protocol/close-codes";

/** A close after which nothing is tried again (LIVE-70), in a player's words. What the server says besides is for whoever made the game. */
export function explainClose({ reason }: Close, step: number): Explanation {
  switch (reason) {
    case "ended":
      return { title: "This game is over", advice: "Start a new one whenever you like.", mayRetry: true };
    case "superseded":
      return {
        title: "You play on in another window",
        advice: "This game was opened somewhere else, so it stopped here. You can take it back.",
        mayRetry: true,
      };
    case "unknown_game":
      return {
        title: "There's no such game here",
        advice: "Have a look at the other games.",
        mayRetry: false,
      };
    case "session_lost":
      if (step === 0) {
        return {
          title: "This game could not be started",
          advice: "Try once more, or play another one for now.",
          mayRetry: true,
        };
      }
      return {
        title: "The machine broke down",
        advice: "It couldn't be put back as it was. What you had reached is kept.",
        mayRetry: true,
      };
    case "malformed":
    case "wrong_subprotocol":
      return {
        title: "This page is out of date",
        advice: "Reload it, and you can play on.",
        mayRetry: false,
      };
    default:
      return {
        title: "Something went wrong",
        advice: "Start a new game, or reload the page.",
        mayRetry: true,
      };
  }
}
