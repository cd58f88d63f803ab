import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Refusal } from "@/api/refusal";
import { token } from "@/api/token";
import { DriverMaker, type MakeDriver } from "@/features/play/driver-maker";
import { readTheme, showTheme } from "@/lib/theme";
import { makeRouter } from "./router";
import "./styles.css";

/** What the server refused on purpose is not asked twice. */
function mayRetry(failures: number, error: Error): boolean {
  const isPassing = !(error instanceof Refusal) || error.status === 0 || error.status >= 500;
  return isPassing && failures < 2;
}

export function startApp(makeDriver: MakeDriver | null = null): void {
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no element with the id root");
  showTheme(readTheme());
  const queryClient = new QueryClient({
    defaultOptions: { queries: { retry: mayRetry, staleTime: 15_000 } },
  });
  const router = makeRouter(queryClient);
  // What one player was told is not shown to the next.
  token.watch(() => queryClient.clear());
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <DriverMaker value={makeDriver}>
          <RouterProvider router={router} />
        </DriverMaker>
      </QueryClientProvider>
    </StrictMode>,
  );
}
