import { useSyncExternalStore } from "react";
import { isTouchOnly, touchOnlyQuery } from "@/lib/touch-only";

export function useIsTouchOnly(): boolean {
  return useSyncExternalStore(watch, isTouchOnly);
}

function watch(onChange: () => void): () => void {
  const media = matchMedia(touchOnlyQuery);
  media.addEventListener("change", onChange);
  return () => media.removeEventListener("change", onChange);
}
