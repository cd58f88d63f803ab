/** The login, which the server calls a bearer token. It outlives the page in the browser's storage; whoever shows a login watches it. */
import { storage } from "@/lib/storage";

const name = "skill-arcade.token";
const watchers = new Set<() => void>();

let held: string | null = storage.read(name);
let wasRefused = false;

function change(next: string | null, isRefused = false): void {
  held = next;
  wasRefused = isRefused;
  for (const watcher of watchers) watcher();
}

export const token = {
  read: (): string | null => held,
  keep(next: string): void {
    storage.write(name, next);
    change(next);
  },
  forget(): void {
    storage.remove(name);
    change(null);
  },
  /** The server no longer knows it. */
  refuse(): void {
    storage.remove(name);
    change(null, true);
  },
  /** Whether there is none because the server refused the last one. */
  wasRefused: (): boolean => wasRefused,
  watch(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
};
