/** Stands in for the server's HTTP answers. `?answers=none`, `slow`, `error` or `left` in the address shows the other states. */
import type { Game } from "@/api/client";
import { games } from "./catalogue";

const wanted = new URLSearchParams(location.search).get("answers");

function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

function listGames(): readonly Game[] {
  return wanted === "none" ? [] : games;
}

const bests: Readonly<Record<string, number>> = {
  "Breakout.v0": 42,
  "Hanoi.v0": 9,
  "Tetris.v0": 12_480,
  "CartPole.v1": 500,
  "Pong.v0": -8,
};

function listEpisodes(url: URL): unknown[] {
  const time_created = new Date().toISOString();
  if (url.searchParams.get("status") === "running") {
    const game_id = url.searchParams.get("game_id");
    const left = { id: "made-up", game_id, status: "running", n_steps: 600, metric: null, time_created };
    return wanted === "left" ? [left] : [];
  }
  return Object.entries(bests).map(([game_id, metric]) => ({
    id: game_id,
    game_id,
    status: "lost",
    n_steps: 600,
    metric,
    time_created,
  }));
}

async function respond(url: URL): Promise<Response> {
  if (wanted === "slow" && url.pathname === "/games") await new Promise(() => {});
  if (wanted === "error" && url.pathname === "/games") {
    return answer({ code: "internal", detail: "The list of games could not be read." }, 500);
  }
  switch (url.pathname) {
    case "/auth/login":
    case "/auth/redeem":
      return answer({ token: "made-up" });
    case "/auth/me":
      return answer({ id: "1", email: null, guest: true, role: "player" });
    case "/games":
      return answer({ games: listGames() });
    case "/episodes":
      return answer({ episodes: listEpisodes(url) });
    default:
      return answer({ code: "not_found", detail: "There is nothing here." }, 404);
  }
}

export function answerCalls(): void {
  window.fetch = (input) => respond(new URL(input instanceof Request ? input.url : input, location.href));
}
