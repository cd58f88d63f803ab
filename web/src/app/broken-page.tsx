import { Button } from "@/components/button";
import { Notice } from "@/components/notice";

/** What is left when a page breaks. */
export function BrokenPage() {
  return (
    <div className="mx-auto max-w-7xl px-4 py-12 sm:px-8">
      <Notice
        isAlarm
        title="This page broke"
        action={
          <Button look="primary" onClick={() => location.reload()}>
            Reload
          </Button>
        }
      >
        Your games are safe. Reload the page to play on.
      </Notice>
    </div>
  );
}
