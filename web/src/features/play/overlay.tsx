import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useEffectEvent } from "react";
import type { Game } from "@/api/client";
import type { Options } from "@/api/options";
import type { RefusalFacts } from "@/api/refusal";
import { Button, formButtonClass } from "@/components/button";
import { explainRefusal } from "@/components/explain-refusal";
import type { Play } from "@/player/play";
import { findPhase, mayResume, type Snapshot } from "@/player/snapshot";
import type { Close } from "@/protocol/close-codes";
import { Countdown } from "./countdown";
import { EndedOverlay } from "./ended-overlay";
import { explainClose } from "./explain-close";
import { KeyHint } from "./key-hint";
import { OverlayFrame } from "./overlay-frame";
import { PausedOverlay } from "./paused-overlay";
import { ReadyOverlay } from "./ready-overlay";
import { ReconnectingOverlay } from "./reconnecting-overlay";
import { WaitingOverlay } from "./waiting-overlay";

export interface OverlayProps {
  readonly game: Game;
  readonly options: Options;
  readonly play: Play;
  readonly snapshot: Snapshot;
  readonly bestBefore: number | null;
  readonly isKept: boolean;
  readonly isGivingUp: boolean;
  readonly onNewGame: () => void;
  readonly onStartOver: () => void;
  readonly onKeepPlaying: () => void;
}

/** What lies over the picture when the game does not run: one thing at a time. */
export function Overlay(props: OverlayProps) {
  const { game, play, snapshot } = props;
  const { time } = play.settings;
  const phase = findPhase(snapshot);
  if (props.isGivingUp && phase.kind === "paused") return <GivingUp {...props} />;
  switch (phase.kind) {
    case "connecting":
      return <Status>Switching on the machine…</Status>;
    case "waiting":
      return <WaitingOverlay untilUs={phase.untilUs} time={time} onStop={() => play.stopWaiting()} />;
    case "ready":
      return <ReadyOverlay game={game} isKept={props.isKept} onStart={() => play.start()} />;
    case "running":
      return null;
    case "countdown":
      return <Countdown untilUs={phase.untilUs} time={time} />;
    case "paused":
      return (
        <PausedOverlay
          phase={phase}
          time={time}
          mayResume={mayResume(snapshot)}
          onResume={() => play.resume()}
        />
      );
    case "reconnecting":
      return <ReconnectingOverlay phase={phase} time={time} onTryNow={play.tryNow} />;
    case "ended":
      return <EndedOverlay {...props} ended={phase.ended} />;
    case "refused":
      return <Refused {...props} refusal={phase.refusal} />;
    case "closed":
      return <Closed {...props} close={phase.close} />;
  }
}

/** Asking again asks for the same: a game that was to be gone on with is not given up for a new one, unless it is over. */
function Refused({ game, play, refusal, onNewGame }: OverlayProps & { readonly refusal: RefusalFacts }) {
  if (refusal.code === "page_failed") {
    return (
      <Failure
        {...explainRefusal(refusal)}
        onRetry={() => window.location.reload()}
        retry="Reload the page"
      />
    );
  }
  const isOver = refusal.code === "episode_ended" || refusal.code === "unknown_episode";
  return isOver ? (
    <Failure {...explainRefusal(refusal)} onRetry={onNewGame} retry="New game" />
  ) : (
    <Failure
      {...explainRefusal(refusal)}
      onRetry={() => play.tryAgain()}
      retry="Try again"
      {...(refusal.code === "bad_options" || refusal.code === "bad_keys" ? { gamePage: game.id } : {})}
    />
  );
}

function Closed({ play, snapshot, close, onNewGame }: OverlayProps & { readonly close: Close }) {
  const explanation = explainClose(close, snapshot.step);
  if (close.reason === "superseded") {
    return <Failure {...explanation} onRetry={() => play.tryAgain()} retry="Play on here" />;
  }
  const neverBegan = close.reason === "session_lost" && snapshot.step === 0;
  return <Failure {...explanation} onRetry={onNewGame} retry={neverBegan ? "Try again" : "New game"} />;
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
  const keepPlaying = useEffectEvent(onKeepPlaying);
  useEffect(() => {
    const onKeyDown = ({ code, repeat }: KeyboardEvent) => {
      if (code === "Escape" && !repeat) keepPlaying();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <OverlayFrame label="Start over?" isModal>
      <h2 className="text-3xl low:text-2xl">Start over?</h2>
      <p className="mt-2 text-dim">This game ends here and counts as it stands.</p>
      <div className="mt-6 flex flex-wrap justify-center gap-3 low:mt-3">
        <Button look="primary" onClick={onKeepPlaying}>
          Keep playing <KeyHint code="Enter" />
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
  gamePage,
}: {
  readonly title: string;
  readonly advice: string;
  readonly mayRetry: boolean;
  readonly retry: string;
  readonly onRetry: () => void;
  /** The game on whose page it can be mended. */
  readonly gamePage?: string;
}) {
  return (
    <OverlayFrame label={title} isModal>
      <div role="alert">
        <h2 className="text-3xl low:text-2xl">{title}</h2>
        <p className="mt-2 text-dim">{advice}</p>
      </div>
      <div className="mt-6 flex flex-wrap justify-center gap-3 low:mt-3">
        {mayRetry && (
          <Button look="primary" onClick={onRetry}>
            {retry}
          </Button>
        )}
        {gamePage !== undefined && (
          <Link
            to="/games/$gameId"
            params={{ gameId: gamePage }}
            className={formButtonClass({ look: "primary" })}
          >
            The game's page
          </Link>
        )}
        <Link
          to="/"
          className={formButtonClass({ look: mayRetry || gamePage !== undefined ? "plain" : "primary" })}
        >
          See all games
        </Link>
      </div>
    </OverlayFrame>
  );
}
