/** Like the system unless the reader chose otherwise; the style sheet goes by the root's `data-theme`. */
import { isOneOf, type Shaped } from "./shape";
import { storage } from "./storage";

const name = "skill-arcade.theme";

export const isTheme = isOneOf("dark", "light", "system");

export type Theme = Shaped<typeof isTheme>;

export function readTheme(): Theme {
  const kept = storage.read(name);
  return isTheme(kept) ? kept : "system";
}

export function showTheme(theme: Theme): void {
  document.documentElement.setAttribute("data-theme", theme);
}

export function keepTheme(theme: Theme): void {
  storage.write(name, theme);
  showTheme(theme);
}
