/** The key to a game under way, kept in the browser so that a closed or reloaded page loses nothing. */
import { isObject, isString } from "@/lib/shape";
import { storage } from "@/lib/storage";

const isSavedGame = isObject({ episode_id: isString, resume_token: isString });

function formName(gameId: string): string {
  return `skill-arcade.resume.${gameId}`;
}

export const savedGame = {
  keep(gameId: string, episode_id: string, resume_token: string): void {
    storage.write(formName(gameId), JSON.stringify({ episode_id, resume_token }));
  },
  forget(gameId: string): void {
    storage.remove(formName(gameId));
  },
  /** Null when another browser, or none, has the key of this episode. */
  readToken(gameId: string, episodeId: string): string | null {
    try {
      const kept: unknown = JSON.parse(storage.read(formName(gameId)) ?? "null");
      return isSavedGame(kept) && kept.episode_id === episodeId ? kept.resume_token : null;
    } catch {
      return null;
    }
  },
};
