import { Refusal } from "@/api/refusal";
import { Button } from "./button";
import { explainRefusal } from "./explain-refusal";
import { Notice } from "./notice";

/** The error state of whatever was asked of the server. */
export function RefusalNotice({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const refusal = error instanceof Refusal ? error : new Refusal(0, "unexpected", "Please reload the page.");
  const { title, advice } = explainRefusal(refusal);
  return (
    <Notice isAlarm title={title} action={<Button onClick={onRetry}>Try again</Button>}>
      {advice}
    </Notice>
  );
}
