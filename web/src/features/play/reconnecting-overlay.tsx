import { Button } from "@/components/button";
import type { Reconnecting } from "@/player/drivers/driver";
import type { Time } from "@/player/time";
import { explainReconnecting } from "./explain-reconnecting";
import { OverlayFrame } from "./overlay-frame";
import { useNowUs } from "./use-now-us";

/** From this attempt on the waits are worth a number: they are of 4 s and more. */
const firstLongAttempt = 4;
const longS = 4;

/** The game is on its way back, by itself: nothing is asked of the player. */
export function ReconnectingOverlay({
  phase,
  time,
  onTryNow,
}: {
  readonly phase: Reconnecting;
  readonly time: Time;
  readonly onTryNow: () => void;
}) {
  const { attempt, refusal, untilUs } = phase;
  const leftS = Math.ceil((untilUs - useNowUs(time, 250)) / 1e6);
  const isLong = attempt >= firstLongAttempt || (refusal?.retryAfterS ?? 0) >= longS;
  return (
    <OverlayFrame label="Your game is coming back">
      <div role="status">
        <h2 className="text-3xl low:text-2xl">One moment…</h2>
        <p className="mt-2 text-dim">{explainReconnecting(refusal)}</p>
      </div>
      {/* Of a fixed height, and outside of the status: nobody wants every second read out. */}
      <p className="numeric mt-4 min-h-6 text-sm text-ink low:mt-2">
        {isLong && (leftS > 0 ? `We try again in ${leftS} s` : "Trying again…")}
      </p>
      {attempt > 1 && (
        <Button className="mt-4 low:mt-2" onClick={onTryNow}>
          Try now
        </Button>
      )}
    </OverlayFrame>
  );
}
