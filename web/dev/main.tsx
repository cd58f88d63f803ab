/**
 * The whole app without a server, for looking at its pages: `npm run dev`, then http://127.0.0.1:5173/dev/. Not part of the build. The game being
 * played is `window.madeUp`, so that every state can be called up from the console: `madeUp.lose()`, `madeUp.end("won")`, …
 */
import { startApp } from "@/app/start-app";
import type { DriverListener } from "@/player/drivers/driver";
import { FakeDriver } from "@/player/drivers/fake";
import { browserTime } from "@/player/time";
import { answerCalls, isRecording } from "./answers";
import { chooseGame } from "./made-up-games";

declare global {
  interface Window {
    madeUp?: FakeDriver;
  }
}

/** React makes components twice while developing; the driver that was opened is the one in use. */
class MadeUpDriver extends FakeDriver {
  override open(listener: DriverListener): void {
    window.madeUp = this;
    super.open(listener);
  }
}

answerCalls();
if (location.pathname.startsWith("/dev")) history.replaceState(null, "", "/");
startApp((gameId) => new MadeUpDriver(browserTime, { ...chooseGame(gameId), isKept: isRecording }));
