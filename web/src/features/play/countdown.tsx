import type { Time } from "@/player/time";
import { OverlayFrame } from "./overlay-frame";
import { useNowUs } from "./use-now-us";

export function Countdown({ untilUs, time }: { readonly untilUs: number; readonly time: Time }) {
  const nowUs = useNowUs(time, 50);
  const leftS = Math.max(1, Math.ceil((untilUs - nowUs) / 1e6));
  return (
    <OverlayFrame label="The game goes on">
      <p role="status" className="sr-only">
        The game goes on. Get ready.
      </p>
      <p aria-hidden="true" className="numeric text-8xl low:text-6xl font-bold text-glow">
        {leftS}
      </p>
    </OverlayFrame>
  );
}
