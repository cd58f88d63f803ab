/** The browser's storage for this site. It may be forbidden or full; nothing that is kept here is worth failing for. */
export const storage = {
  read(name: string): string | null {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  write(name: string, value: string): void {
    try {
      localStorage.setItem(name, value);
    } catch {
      // The value lives until the page is closed, in whoever wrote it.
    }
  },
  remove(name: string): void {
    try {
      localStorage.removeItem(name);
    } catch {
      // Nothing was kept, so nothing is left.
    }
  },
};
