/** The keys with which a game under way was begun: they stay as they are until its end, whatever is chosen meanwhile. */
import type { Keys } from "@/api/own-keys";
import { isObject, isString, type Shape } from "@/lib/shape";
import { storage } from "@/lib/storage";

const isKeys: Shape<Keys> = (value): value is Keys =>
  typeof value === "object" && value !== null && Object.values(value).every(isString);
const isPlayedKeys = isObject({ episode_id: isString, keys: isKeys });

function formName(gameId: string): string {
  return `skill-arcade.keys.${gameId}`;
}

export const playedKeys = {
  keep(gameId: string, episode_id: string, keys: Keys): void {
    storage.write(formName(gameId), JSON.stringify({ episode_id, keys }));
  },
  /** Null when the game was begun in another browser. */
  read(gameId: string, episodeId: string): Keys | null {
    try {
      const kept: unknown = JSON.parse(storage.read(formName(gameId)) ?? "null");
      return isPlayedKeys(kept) && kept.episode_id === episodeId ? kept.keys : null;
    } catch {
      return null;
    }
  },
};
