import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { Game } from "@/api/client";
import { useTitle } from "@/components/use-title";
import type { ResumeKey } from "@/player/drivers/ticket";
import { findPhase } from "@/player/snapshot";
import type { EndedMessage } from "@/protocol/server-messages";
import { HowToPlay } from "./how-to-play";
import { Overlay } from "./overlay";
import { Readings } from "./readings";
import { Stage } from "./stage";
import { Toolbar } from "./toolbar";
import { useFullScreen } from "./use-full-screen";
import { usePlay } from "./use-play";

export interface CabinetProps {
  readonly game: Game;
  readonly resume: ResumeKey | null;
  /** One's best before this game. */
  readonly best: number | null;
  readonly onEnded: (episodeId: string, ended: EndedMessage) => void;
  readonly onNewGame: () => void;
}

/** The machine: readings above, the screen, what can be done with it, and how to play beside it. */
export function Cabinet({ game, resume, best, onEnded, onNewGame }: CabinetProps) {
  const { play, snapshot, canvasRef } = usePlay(game, resume);
  const phase = findPhase(snapshot);
  useTitle(game.title);
  // The best that there was before this game: what it is measured against, also after it has become part of it.
  const [bestBefore] = useState(best);
  const [isGivingUp, setGivingUp] = useState(false);
  const machineRef = useRef<HTMLDivElement>(null);
  const stageRef = useRef<HTMLDivElement>(null);
  const fullScreen = useFullScreen(machineRef, play);

  // The newest callback, without making it a reason to tell the end again.
  const tellEnd = useEffectEvent(onEnded);
  const { ended, episodeId } = snapshot;
  useEffect(() => {
    if (ended !== null && episodeId !== null) tellEnd(episodeId, ended);
  }, [ended, episodeId]);

  useEffect(() => {
    // While it runs the keys belong to the game, not to the button that was pressed last.
    if (phase.kind === "running" || phase.kind === "ready" || phase.kind === "countdown") {
      stageRef.current?.focus({ preventScroll: true });
      setGivingUp(false);
    }
  }, [phase.kind]);

  const askForNewGame = () => {
    if (phase.kind === "ended" || phase.kind === "refused" || phase.kind === "closed") return onNewGame();
    play.pause();
    setGivingUp(true);
  };
  const startOver = () => {
    play.quit();
    onNewGame();
  };

  return (
    <div className="mx-auto grid max-w-[110rem] gap-x-10 gap-y-8 px-4 py-4 sm:px-8 sm:py-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <div
        ref={machineRef}
        className={`flex min-w-0 flex-col gap-3 bg-ground ${fullScreen.isOn ? "p-4" : ""}`}
      >
        <Readings game={game} snapshot={snapshot} bestBefore={bestBefore} time={play.settings.time} />
        <Stage
          ref={stageRef}
          canvasRef={canvasRef}
          label={`${game.title}, the game's picture`}
          picture={snapshot.pictureSize ?? game.picture}
          pixelAspect={game.picture.pixel_aspect}
          isFullScreen={fullScreen.isOn}
          onPoint={game.pointer.length > 0 || phase.kind === "ready" ? play.point.bind(play) : null}
          pending={snapshot.pending}
          isMoveRefused={snapshot.isMoveRefused && phase.kind === "running"}
          notice={snapshot.notice}
        >
          <Overlay
            game={game}
            phase={phase}
            bestBefore={bestBefore}
            time={play.settings.time}
            isGivingUp={isGivingUp}
            onStart={() => play.start()}
            onResume={() => play.resume()}
            onNewGame={onNewGame}
            onStartOver={startOver}
            onKeepPlaying={() => {
              setGivingUp(false);
              play.resume();
            }}
          />
        </Stage>
        <Toolbar
          phase={phase.kind}
          isFullScreen={fullScreen.isOn}
          onPause={() => play.pause()}
          onResume={() => play.resume()}
          onFullScreen={fullScreen.isPossible ? fullScreen.toggle : null}
          onNewGame={askForNewGame}
        />
      </div>
      <HowToPlay game={game} />
    </div>
  );
}
