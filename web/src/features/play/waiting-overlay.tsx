import { Button } from "@/components/button";
import type { Time } from "@/player/time";
import { OverlayFrame } from "./overlay-frame";
import { useNowUs } from "./use-now-us";

/** There is no room for one more. It is asked for again by itself; whoever has had enough says so. */
export function WaitingOverlay({
  untilUs,
  time,
  onStop,
}: {
  readonly untilUs: number;
  readonly time: Time;
  readonly onStop: () => void;
}) {
  const leftS = Math.ceil((untilUs - useNowUs(time, 250)) / 1e6);
  return (
    <OverlayFrame label="All machines are in use" isModal>
      <div role="status">
        <h2 className="text-3xl low:text-2xl">All machines are in use</h2>
        <p className="mt-2 text-dim">
          There's no room for one more game right now. Just stay here: you're let in as soon as there is.
        </p>
      </div>
      {/* Outside of the status: nobody wants every second read out. */}
      <p className="numeric mt-4 text-sm text-ink low:mt-2">
        {leftS > 0 ? `We try again in ${leftS} s` : "Trying again…"}
      </p>
      <Button className="mt-6 low:mt-3" onClick={onStop}>
        Stop waiting
      </Button>
    </OverlayFrame>
  );
}
