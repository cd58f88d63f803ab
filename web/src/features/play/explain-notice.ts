import type { NoticeMessage } from "@/protocol/server-messages";

export function explainNotice({ code, text }: NoticeMessage): string {
  switch (code) {
    case "storage_full":
      return "The arcade has run out of room, so your game is paused. Nothing of it is lost. You can go on as soon as there is room again.";
    case "rebuilding":
      return "Your machine stopped for a moment. It is being put back just as it was.";
    case "steps_lost":
      return "The machine you played on broke down. You go on from a moment before.";
    default:
      return text;
  }
}
