import { env } from "node:process";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The back end of `make dev` listens there too.
const { PORT = "8080" } = env;
const backEnd = `http://127.0.0.1:${PORT}`;
const apiPaths = ["/auth", "/games", "/me", "/play-tickets", "/episodes", "/observations"];
const plainPaths = ["/healthz", "/installation", "/openapi.json"];

/** A page of the app and an endpoint may share a path: a browser that opens a page asks for HTML, a client never does. */
function servePageToBrowsers(request: { headers: { accept?: string | undefined } }): string | undefined {
  return request.headers.accept?.includes("text/html") ? "/index.html" : undefined;
}

export default defineConfig({
  // Its own rewriting for older browsers would settle `light-dark()` at the root, and so lose the parts that are always dark.
  plugins: [react(), tailwindcss({ optimize: false })],
  resolve: { tsconfigPaths: true },
  server: {
    host: "127.0.0.1",
    port: 5173,
    strictPort: true,
    // Isolation raises the resolution of the browser's clock from 100 to 5 microseconds; the real server sends the same.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
    proxy: {
      ...Object.fromEntries(apiPaths.map((path) => [path, { target: backEnd, bypass: servePageToBrowsers }])),
      ...Object.fromEntries(plainPaths.map((path) => [path, { target: backEnd }])),
      "/ws": { target: backEnd.replace("http", "ws"), ws: true },
    },
  },
  build: {
    outDir: "../src/skill_arcade/server/static",
    emptyOutDir: true,
    target: "es2023",
    // The first that know `light-dark()`.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // The server's Content-Security-Policy allows fonts of its own origin, not ones written into the style sheet.
    assetsInlineLimit: 0,
  },
  test: {
    // A page takes longer to make than most tests: it is there for components, and where a file asks for it.
    projects: [
      { extends: true, test: { name: "page", environment: "happy-dom", include: ["src/**/*.test.tsx"] } },
      { extends: true, test: { name: "plain", environment: "node", include: ["src/**/*.test.ts"] } },
    ],
  },
});
