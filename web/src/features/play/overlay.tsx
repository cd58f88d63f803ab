import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Game } from "@/api/client";
import { Button, formButtonClass } from "@/components/button";
import { explainRefusal } from "@/components/explain-refusal";
import { KeyCap } from "@/components/key-cap";
import type { Phase } from "@/player/snapshot";
import type { Time } from "@/player/time";
import { Countdown } from "./countdown";
import { EndedOverlay } from "./ended-overlay";
import { explainClose } from "./explain-close";
import { OverlayFrame } from "./overlay-frame";
import { PausedOverlay } from "./paused-overlay";
import { ReadyOverlay } from "./ready-overlay";

export interface OverlayProps {
  readonly game: Game;
  readonly phase: Phase;
  readonly bestBefore: number | null;
  readonly time: Time;
  readonly isGivingUp: boolean;
  readonly onStart: () => void;
  readonly onResume: () => void;
  readonly onNewGame: () => void;
  readonly onStartOver: () => void;
  readonly onKeepPlaying: () => void;
}

/** What lies over the picture when the game does not run: one thing at a time. */
export function Overlay(props: OverlayProps) {
  const { game, phase } = props;
  if (props.isGivingUp && phase.kind === "paused") return <GivingUp {...props} />;
  switch (phase.kind) {
    case "connecting":
      return <Status>Switching on the machine…</Status>;
    case "ready":
      return <ReadyOverlay game={game} onStart={props.onStart} />;
    case "running":
      return null;
    case "countdown":
      return <Countdown untilUs={phase.untilUs} time={props.time} />;
    case "paused":
      return <PausedOverlay phase={phase} time={props.time} onResume={props.onResume} />;
    case "reconnecting":
      return (
        <Status>
          <span className="block text-2xl font-bold">Connection lost</span>
          <span className="mt-2 block text-dim">
            Your game is safe and waits for you. Trying again
            {phase.attempt > 1 ? <span className="numeric text-sm"> ({phase.attempt})</span> : null}…
          </span>
        </Status>
      );
    case "ended":
      return <EndedOverlay {...props} ended={phase.ended} />;
    case "refused":
      return <Failure {...explainRefusal(phase.refusal)} onRetry={props.onNewGame} retry="Try again" />;
    case "closed":
      return <Failure {...explainClose(phase.close)} onRetry={props.onNewGame} retry="New game" />;
  }
}

function Status({ children }: { readonly children: ReactNode }) {
  return (
    <OverlayFrame label="Please wait">
      <p role="status" className="text-lg">
        {children}
      </p>
    </OverlayFrame>
  );
}

function GivingUp({ onStartOver, onKeepPlaying }: OverlayProps) {
  return (
    <OverlayFrame label="Start over?" isModal>
      <h2 className="text-3xl">Start over?</h2>
      <p className="mt-2 text-dim">This game ends here and counts as it stands.</p>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        <Button look="primary" onClick={onKeepPlaying}>
          Keep playing <KeyCap code="Enter" />
        </Button>
        <Button onClick={onStartOver}>Start over</Button>
      </div>
    </OverlayFrame>
  );
}

function Failure({
  title,
  advice,
  mayRetry,
  retry,
  onRetry,
}: {
  readonly title: string;
  readonly advice: string;
  readonly mayRetry: boolean;
  readonly retry: string;
  readonly onRetry: () => void;
}) {
  return (
    <OverlayFrame label={title} isModal>
      <div role="alert">
        <h2 className="text-3xl">{title}</h2>
        <p className="mt-2 text-dim">{advice}</p>
      </div>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        {mayRetry && (
          <Button look="primary" onClick={onRetry}>
            {retry}
          </Button>
        )}
        <Link to="/" className={formButtonClass({ look: mayRetry ? "plain" : "primary" })}>
          See all games
        </Link>
      </div>
    </OverlayFrame>
  );
}
