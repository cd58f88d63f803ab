import { Button } from "@/components/button";
import { formatDuration } from "@/components/format-number";
import { KeyCap } from "@/components/key-cap";
import type { Phase } from "@/player/snapshot";
import type { Time } from "@/player/time";
import { OverlayFrame } from "./overlay-frame";
import { useNowUs } from "./use-now-us";

const reasons: Readonly<Record<string, string>> = {
  blur: "You looked away, so the game stopped.",
  disconnected: "The connection was gone for a moment.",
  rebuilt: "Your machine stopped for a moment and is back just as it was.",
  storage_full: "The arcade has run out of room. Please wait a little.",
};

export function PausedOverlay({
  phase,
  time,
  onResume,
}: {
  readonly phase: Extract<Phase, { kind: "paused" }>;
  readonly time: Time;
  readonly onResume: () => void;
}) {
  const nowUs = useNowUs(time, 1000);
  const reason = reasons[phase.reason ?? ""];
  return (
    <OverlayFrame label="Paused" isModal>
      <h2 className="text-5xl font-extrabold">Paused</h2>
      {reason !== undefined && <p className="mt-3 text-dim">{reason}</p>}
      <Button look="primary" size="large" className="mt-6" onClick={onResume}>
        Resume <KeyCap code="Enter" />
      </Button>
      {phase.endsAtUs !== null && (
        <p className="mt-5 text-sm text-dim">
          It waits for you for another{" "}
          <span className="numeric">{formatDuration(Math.max(0, phase.endsAtUs - nowUs) / 1000)}</span>
        </p>
      )}
    </OverlayFrame>
  );
}
