/** Where the server is: the page's own origin, or, when the pages are hosted apart, the address given at build time. */
const configured = import.meta.env.VITE_SERVER_URL ?? "";

export const serverOrigin: string = configured === "" ? location.origin : new URL(configured).origin;

export function formSocketUrl(path: string): string {
  const url = new URL(path, serverOrigin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
