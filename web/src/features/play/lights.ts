import { createContext, use, useSyncExternalStore } from "react";
import type { KeyLights } from "@/player/input/key-lights";

/** The lights of the game that is played around here. */
export const Lights = createContext<KeyLights | null>(null);

const watchNothing = () => () => {};

export function useIsLit(code: string): boolean {
  const lights = use(Lights);
  return useSyncExternalStore(lights?.subscribe ?? watchNothing, () => lights?.isLit(code) ?? false);
}
