import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { Game } from "@/api/client";
import type { Options } from "@/api/options";
import { useInstallation } from "@/components/use-installation";
import { useTitle } from "@/components/use-title";
import type { ResumeKey } from "@/player/drivers/ticket";
import { findPhase, mayResume, type Phase } from "@/player/snapshot";
import type { EndedMessage } from "@/protocol/server-messages";
import { HowToPlay } from "./how-to-play";
import { layOut } from "./layout";
import { Lights } from "./lights";
import { Overlay } from "./overlay";
import { findPointedKey } from "./pointed-key";
import { Readings } from "./readings";
import { SoundControl } from "./sound-control";
import { Stage } from "./stage";
import { Toolbar } from "./toolbar";
import { TouchControls } from "./touch-controls";
import { isEmptyPlan, planTouch } from "./touch-plan";
import { useFullScreen } from "./use-full-screen";
import { useIsTouchOnly } from "./use-is-touch-only";
import { usePlay } from "./use-play";

export interface CabinetProps {
  /** As it is with the options, and with the player's own keys. */
  readonly game: Game;
  readonly options: Options;
  readonly resume: ResumeKey | null;
  /** One's best before this game. */
  readonly best: number | null;
  readonly onBegun: (episodeId: string) => void;
  /** `isKept`: whether anything of the game is. */
  readonly onEnded: (episodeId: string, ended: EndedMessage, isKept: boolean) => void;
  /** The page is left in the middle of a game. */
  readonly onLeft: (episodeId: string, step: number) => void;
  readonly onNewGame: () => void;
}

/** The machine: readings above, the screen, what can be done with it, and how to play beside it. */
export function Cabinet(props: CabinetProps) {
  const { game, options, resume, best, onBegun, onEnded, onLeft, onNewGame } = props;
  const { play, snapshot, canvasRef } = usePlay({ game, options, resume, onBegun, onLeft });
  const phase = findPhase(snapshot);
  // Before a server has said it of this game: as it is with games here.
  const installation = useInstallation();
  const isKept = snapshot.isKept ?? installation?.recording ?? true;
  useTitle(game.title);
  // The best that there was before this game: what it is measured against, also after it has become part of it.
  const [bestBefore] = useState(best);
  const [isGivingUp, setGivingUp] = useState(false);
  const machineRef = useRef<HTMLDivElement>(null);
  const stageRef = useRef<HTMLDivElement>(null);
  const fullScreen = useFullScreen(machineRef, play);
  const isTouch = useIsTouchOnly();
  const plan = planTouch(game);
  const hasTouchKeys = isTouch && !isEmptyPlan(plan);
  const layout = layOut({
    touch: isTouch,
    fullScreen: fullScreen.isOn,
    touchKeys: hasTouchKeys,
    end: isOver(phase),
  });

  // The newest callback, without making it a reason to tell the end again.
  const tellEnd = useEffectEvent(onEnded);
  const { ended, episodeId } = snapshot;
  useEffect(() => {
    if (ended !== null && episodeId !== null) tellEnd(episodeId, ended, isKept);
  }, [ended, episodeId, isKept]);

  useEffect(() => {
    // While it runs the keys belong to the game, not to the button that was pressed last.
    if (phase.kind === "running" || phase.kind === "ready" || phase.kind === "countdown") {
      stageRef.current?.focus({ preventScroll: true });
      setGivingUp(false);
    }
  }, [phase.kind]);

  useEffect(() => {
    // On a phone held across the machine is as high as the screen, and the page's head is above it.
    const isPlayed = phase.kind === "ready" || phase.kind === "running";
    if (isTouch && isPlayed) machineRef.current?.scrollIntoView({ block: "nearest" });
  }, [isTouch, phase.kind]);

  const askForNewGame = () => {
    if (phase.kind === "ended" || phase.kind === "refused" || phase.kind === "closed") return onNewGame();
    play.pause();
    setGivingUp(true);
  };
  const startOver = () => {
    play.quit();
    onNewGame();
  };

  const point = (x: number, y: number, eventTimeMs: number) => {
    if (phase.kind === "ready") play.start();
    if (game.pointer.length === 0) return;
    const isPlayed = phase.kind === "ready" || phase.kind === "running";
    const code = isPlayed ? findPointedKey(game.pointer, x, y) : null;
    if (code !== null) play.lights.flash(code);
    play.point(x, y, eventTimeMs);
  };

  return (
    <Lights value={play.lights}>
      <div className={layout.page}>
        <div ref={machineRef} className={layout.machine}>
          <Readings
            game={game}
            snapshot={snapshot}
            bestBefore={bestBefore}
            isUnrecorded={!isKept}
            time={play.settings.time}
          />
          <Stage
            ref={stageRef}
            canvasRef={canvasRef}
            label={`${game.title}, the game's picture`}
            picture={snapshot.pictureSize ?? game.picture}
            pixelAspect={game.picture.pixel_aspect}
            className={layout.stage}
            isLimited={layout.isStageLimited}
            onPoint={game.pointer.length > 0 || phase.kind === "ready" ? point : null}
            onMove={game.pointer_axes.length > 0 ? play.move.bind(play) : null}
            pending={snapshot.pending}
            isMoveRefused={snapshot.isMoveRefused && phase.kind === "running"}
            notice={snapshot.notice}
          >
            <Overlay
              game={game}
              options={options}
              play={play}
              snapshot={snapshot}
              bestBefore={bestBefore}
              isKept={isKept}
              isGivingUp={isGivingUp}
              onNewGame={onNewGame}
              onStartOver={startOver}
              onKeepPlaying={() => {
                setGivingUp(false);
                play.resume();
              }}
            />
          </Stage>
          <div className={layout.toolbar}>
            <Toolbar
              phase={phase.kind}
              mayResume={mayResume(snapshot)}
              isFullScreen={fullScreen.isOn}
              onPause={() => play.pause()}
              onResume={() => play.resume()}
              onFullScreen={fullScreen.isPossible ? fullScreen.toggle : null}
              onNewGame={askForNewGame}
            >
              {snapshot.hasSound && <SoundControl play={play} />}
            </Toolbar>
          </div>
          {hasTouchKeys && !isOver(phase) && (
            <TouchControls
              plan={plan}
              hasDiagonals={game.pacing.mode === "realtime"}
              isActive={phase.kind === "running" || phase.kind === "ready" || phase.kind === "countdown"}
              onTouch={play.touchKeys.bind(play)}
            />
          )}
        </div>
        <HowToPlay game={game} />
      </div>
    </Lights>
  );
}

/** Nothing more is played here. */
function isOver({ kind }: Phase): boolean {
  return kind === "ended" || kind === "refused" || kind === "closed" || kind === "waiting";
}
