import type { Game } from "@/api/client";

/** The key that a click stands for (LIVE-38), by its place in fractions of the picture; null beside all regions. */
export function findPointedKey(pointer: Game["pointer"], x: number, y: number): string | null {
  const found = pointer.find(({ region: [left = 0, top = 0, right = 1, bottom = 1] }) => {
    return x >= left && x < right && y >= top && y < bottom;
  });
  return found?.key ?? null;
}
