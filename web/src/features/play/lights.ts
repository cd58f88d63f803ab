import { createContext, type RefCallback, use, useCallback } from "react";
import type { KeyLights } from "@/player/input/key-lights";

/** The lights of the game that is played around here. */
export const Lights = createContext<KeyLights | null>(null);

/** For the element that stands for a key: it has the attribute `data-lit` while the key is lit. That renders nothing, since the game has the next key to wait for. */
export function useLight(code: string): RefCallback<HTMLElement> {
  const lights = use(Lights);
  return useCallback(
    (element) => {
      const show = () => element?.toggleAttribute("data-lit", lights?.isLit(code) ?? false);
      show();
      return lights?.subscribe(show);
    },
    [lights, code],
  );
}
