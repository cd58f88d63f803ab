import {
  type RefObject,
  use,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Game } from "@/api/client";
import type { Options } from "@/api/options";
import { measureRefreshRate } from "@/player/client-description";
import type { Driver } from "@/player/drivers/driver";
import type { ResumeKey } from "@/player/drivers/ticket";
import type { MakeEngine } from "@/player/engine/engine";
import { EngineHere } from "@/player/engine/here";
import { Play } from "@/player/play";
import type { Snapshot } from "@/player/snapshot";
import { browserTime } from "@/player/time";
import { showInWindow } from "@/player/window-view";
import { DriverMaker } from "./driver-maker";
import { listGameCodes } from "./game-codes";
import { chooseLiveEngine } from "./live-engine";
import { savedGame } from "./saved-game";

export interface PlayInPage {
  readonly play: Play;
  readonly snapshot: Snapshot;
  readonly canvasRef: RefObject<HTMLCanvasElement | null>;
}

/** Joins one play to a component: it begins with the mounted canvas and ends with it. `onLeft` is told of a game that was under way then. */
export function usePlay({
  game,
  options,
  resume,
  onBegun,
  onLeft,
}: {
  readonly game: Game;
  readonly options: Options;
  readonly resume: ResumeKey | null;
  readonly onBegun: (episodeId: string) => void;
  readonly onLeft: (episodeId: string, step: number) => void;
}): PlayInPage {
  const makeDriver = use(DriverMaker);
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const [play] = useState(
    () =>
      new Play({
        makeEngine:
          makeDriver === null
            ? chooseLiveEngine({ gameId: game.id, options, resume, isRecorded: isCanvasRecorded() })
            : makeEngineOf(makeDriver(game.id, options, resume)),
        time: browserTime,
        surroundings: window,
        gameCodes: listGameCodes(game),
        onWelcome: ({ episode_id, resume_token }) => {
          savedGame.keep(game.id, episode_id, resume_token);
          onBegun(episode_id);
        },
        onEnded: () => savedGame.forget(game.id),
      }),
  );
  const tellLeaving = useEffectEvent(() => {
    const { episodeId, step, ended } = play.getSnapshot();
    if (episodeId !== null && ended === null && step > 0) onLeft(episodeId, step);
  });
  useEffect(() => {
    const canvas = canvasRef.current;
    if (canvas === null) return;
    measureRefreshRate();
    play.mount(canvas);
    showInWindow(play);
    return () => {
      tellLeaving();
      play.unmount();
    };
  }, [play]);
  const snapshot = useSyncExternalStore(play.subscribe, play.getSnapshot);
  return { play, snapshot, canvasRef };
}

function makeEngineOf(driver: Driver): MakeEngine {
  return (canvas, listener) =>
    new EngineHere({ driver, time: browserTime, canvas, isRecorded: false }, listener);
}

function isCanvasRecorded(): boolean {
  return new URLSearchParams(location.search).has("record-canvas");
}
