/**
 * The whole app without a server, for looking at its pages: `npm run dev`, then http://127.0.0.1:5173/dev/. Not part of the build. The game being
 * played is `window.madeUp`, so that every state can be called up from the console: `madeUp.lose()`, `madeUp.end("won")`, …
 */
import { startApp } from "@/app/start-app";
import { FakeDriver } from "@/player/drivers/fake";
import { browserTime } from "@/player/time";
import { answerCalls } from "./answers";
import { chooseGame } from "./made-up-games";

declare global {
  interface Window {
    madeUp?: FakeDriver;
  }
}

answerCalls();
if (location.pathname.startsWith("/dev")) history.replaceState(null, "", "/");
startApp((gameId) => {
  window.madeUp = new FakeDriver(browserTime, chooseGame(gameId));
  return window.madeUp;
});
