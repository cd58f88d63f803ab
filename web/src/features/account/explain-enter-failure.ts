import { Refusal } from "@/api/refusal";
import { explainRefusal } from "@/components/explain-refusal";

/** Why the door stayed shut, and what to do. */
export function explainEnterFailure(error: Error): string {
  if (!(error instanceof Refusal)) return "That didn't work. Please reload the page.";
  if (error.code === "not_allowed") {
    return "Coming in with an e-mail address is switched off here. Play as a guest instead.";
  }
  if (error.code === "bad_request") return "That e-mail address doesn't look right. Have another look at it.";
  const { title, advice } = explainRefusal(error);
  return `${title}. ${advice}`;
}
