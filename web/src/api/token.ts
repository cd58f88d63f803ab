/** The login, which the server calls a bearer token. It outlives the page in the browser's storage; whoever shows a login watches it. */
import { storage } from "@/lib/storage";

const name = "skill-arcade.token";
const watchers = new Set<() => void>();

let held: string | null = storage.read(name);

function change(next: string | null): void {
  held = next;
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
  watch(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
};
