import { Button } from "@/components/button";
import { formatDuration } from "@/components/format-number";
import type { Phase } from "@/player/snapshot";
import type { Time } from "@/player/time";
import { KeyHint } from "./key-hint";
import { OverlayFrame } from "./overlay-frame";
import { useNowUs } from "./use-now-us";

const reasons: Readonly<Record<string, string>> = {
  blur: "You looked away, so the game stopped.",
  disconnected: "The connection was gone for a moment.",
  rebuilt: "Your machine stopped for a moment. Your game is back.",
  storage_full: "The arcade had run out of room. There is some again.",
};

export function PausedOverlay({
  phase,
  time,
  mayResume,
  onResume,
}: {
  readonly phase: Extract<Phase, { kind: "paused" }>;
  readonly time: Time;
  /** Not while the arcade has no room for what would happen; a notice says so. */
  readonly mayResume: boolean;
  readonly onResume: () => void;
}) {
  const nowUs = useNowUs(time, 1000);
  const reason = mayResume ? reasons[phase.reason ?? ""] : undefined;
  return (
    <OverlayFrame label="Paused" isModal>
      <h2 className="text-5xl font-extrabold low:text-3xl">Paused</h2>
      {reason !== undefined && <p className="mt-3 text-dim low:mt-1">{reason}</p>}
      <Button
        look="primary"
        size="large"
        className="mt-6 low:mt-3 low:min-h-11"
        disabled={!mayResume}
        onClick={onResume}
      >
        Resume <KeyHint code="Enter" />
      </Button>
      {phase.endsAtUs !== null && (
        <p className="mt-5 text-sm text-dim low:mt-2">
          It waits for you for another{" "}
          <span className="numeric">{formatDuration(Math.max(0, phase.endsAtUs - nowUs) / 1000)}</span>
        </p>
      )}
    </OverlayFrame>
  );
}
