import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Button, formButtonClass } from "@/components/button";
import { Icon } from "@/components/icons";
import type { Phase } from "@/player/snapshot";

/** Fingers need more room than a mouse, and on a phone there is less of it: the pictures alone stay. */
export const forFingers = "pointer-coarse:min-h-11 pointer-coarse:min-w-11";
export const label = "max-md:pointer-coarse:sr-only pointer-coarse:landscape:sr-only";

export function Toolbar({
  phase,
  mayResume,
  isFullScreen,
  onPause,
  onResume,
  onFullScreen,
  onNewGame,
  children,
}: {
  readonly phase: Phase["kind"];
  readonly mayResume: boolean;
  readonly isFullScreen: boolean;
  readonly onPause: () => void;
  readonly onResume: () => void;
  /** Null where the browser has no full screen. */
  readonly onFullScreen: (() => void) | null;
  readonly onNewGame: () => void;
  /** What only some games have. */
  readonly children: ReactNode;
}) {
  const canPause = phase === "running" || phase === "countdown";
  const isPaused = phase === "paused";
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        size="small"
        className={`min-w-28 ${forFingers} pointer-coarse:landscape:min-w-11`}
        disabled={!canPause && !(isPaused && mayResume)}
        onClick={isPaused ? onResume : onPause}
      >
        <Icon name={isPaused ? "play" : "pause"} />
        <span className="pointer-coarse:landscape:sr-only">{isPaused ? "Resume" : "Pause"}</span>
      </Button>
      <Button
        size="small"
        className={forFingers}
        onClick={onNewGame}
        disabled={phase === "connecting" || phase === "waiting" || phase === "ready"}
      >
        <Icon name="again" />
        <span className={label}>New game</span>
      </Button>
      {onFullScreen !== null && (
        <Button size="small" className={forFingers} onClick={onFullScreen}>
          <Icon name={isFullScreen ? "leaveFullScreen" : "fullScreen"} />
          <span className={label}>{isFullScreen ? "Leave full screen" : "Full screen"}</span>
        </Button>
      )}
      {children}
      {!isFullScreen && (
        <Link
          to="/"
          className={formButtonClass({ look: "quiet", size: "small" }, `sm:-mr-3 sm:ml-auto ${forFingers}`)}
        >
          <Icon name="back" />
          <span className={label}>All games</span>
        </Link>
      )}
    </div>
  );
}
