import { useSyncExternalStore } from "react";

/** A device whose only pointer is a finger most likely has no keys. */
const query = "(hover: none) and (pointer: coarse)";

export function useIsTouchOnly(): boolean {
  return useSyncExternalStore(watch, () => matchMedia(query).matches);
}

function watch(onChange: () => void): () => void {
  const media = matchMedia(query);
  media.addEventListener("change", onChange);
  return () => media.removeEventListener("change", onChange);
}
