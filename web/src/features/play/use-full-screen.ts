import { type RefObject, useEffect, useState } from "react";
import type { Play } from "@/player/play";

export interface FullScreen {
  readonly isOn: boolean;
  readonly isPossible: boolean;
  readonly toggle: () => void;
}

/** F, or a button, gives the machine the whole display. */
export function useFullScreen(elementRef: RefObject<HTMLElement | null>, play: Play): FullScreen {
  const [isOn, setOn] = useState(false);
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    document.addEventListener("fullscreenchange", () => setOn(document.fullscreenElement !== null), {
      signal,
    });
    window.addEventListener(
      "keydown",
      (event) => {
        const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
        if (event.code === "KeyF" && isPlain && !play.settings.gameCodes.has("KeyF"))
          toggle(elementRef.current);
      },
      { signal },
    );
    return () => listening.abort();
  }, [elementRef, play]);
  return { isOn, isPossible: document.fullscreenEnabled !== false, toggle: () => toggle(elementRef.current) };
}

function toggle(element: HTMLElement | null): void {
  // A browser may refuse; then the page simply stays as it is.
  const ignored = () => {};
  if (document.fullscreenElement !== null) document.exitFullscreen().catch(ignored);
  else element?.requestFullscreen({ navigationUI: "hide" }).catch(ignored);
}
