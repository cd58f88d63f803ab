import { Link } from "@tanstack/react-router";
import { Button, formButtonClass } from "@/components/button";
import { Icon } from "@/components/icons";
import type { Phase } from "@/player/snapshot";

export function Toolbar({
  phase,
  isFullScreen,
  onPause,
  onResume,
  onFullScreen,
  onNewGame,
}: {
  readonly phase: Phase["kind"];
  readonly isFullScreen: boolean;
  readonly onPause: () => void;
  readonly onResume: () => void;
  /** Null where the browser has no full screen. */
  readonly onFullScreen: (() => void) | null;
  readonly onNewGame: () => void;
}) {
  const canPause = phase === "running" || phase === "countdown";
  const isPaused = phase === "paused";
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        size="small"
        className="min-w-28"
        disabled={!canPause && !isPaused}
        onClick={isPaused ? onResume : onPause}
      >
        <Icon name={isPaused ? "play" : "pause"} />
        {isPaused ? "Resume" : "Pause"}
      </Button>
      <Button size="small" onClick={onNewGame} disabled={phase === "connecting" || phase === "ready"}>
        <Icon name="again" />
        New game
      </Button>
      {onFullScreen !== null && (
        <Button size="small" onClick={onFullScreen}>
          <Icon name={isFullScreen ? "leaveFullScreen" : "fullScreen"} />
          {isFullScreen ? "Leave full screen" : "Full screen"}
        </Button>
      )}
      {!isFullScreen && (
        <Link to="/" className={formButtonClass({ look: "quiet", size: "small" }, "sm:ml-auto")}>
          <Icon name="back" />
          All games
        </Link>
      )}
    </div>
  );
}
