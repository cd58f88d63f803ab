import type { RefusalFacts } from "@/api/refusal";

/** Why a game is not back yet, in a player's words: by what was answered last, null where nothing was. */
export function explainReconnecting(refusal: RefusalFacts | null): string {
  switch (refusal?.code) {
    case "unreachable":
      return "The arcade can't be reached just now. Your game is kept, and comes back by itself as soon as it can.";
    case "at_capacity":
      return "All machines are in use just now. Your game is kept, and comes back as soon as there is room.";
    case "storage_full":
      return "The arcade has run out of room just now. Your game is kept, and comes back as soon as there is room.";
    default:
      return "Your game is being brought back. You go on in a few seconds.";
  }
}
