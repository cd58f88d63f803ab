import type { EndedMessage } from "@/protocol/server-messages";

export interface EndExplanation {
  readonly title: string;
  readonly sentence: string | null;
}

const cutShort: Readonly<Record<string, EndExplanation>> = {
  max_steps: { title: "Time's up", sentence: "You lasted as long as a game may last." },
  player_quit: { title: "Game ended", sentence: "You left this one." },
  paused_too_long: { title: "Game ended", sentence: "It was paused for too long." },
  abandoned: { title: "Game ended", sentence: "Nobody came back in time." },
};

/** How it ended (REC-40), in a player's words. */
export function explainEnd({ status, reason }: Pick<EndedMessage, "status" | "reason">): EndExplanation {
  if (status === "won") return { title: "You won!", sentence: null };
  if (status === "lost") return { title: "Game over", sentence: null };
  return (
    cutShort[reason] ?? {
      title: "Game ended",
      sentence: "Something went wrong with this machine. What you had reached is kept.",
    }
  );
}
