/** Stands in for the server's HTTP answers. `?answers=none`, `slow`, `error`, `left` or `unrecorded` in the address shows the other states. */
import type { Game, OwnGame, ScoreList } from "@/api/client";
import { games } from "./catalogue";

const wanted = new URLSearchParams(location.search).get("answers");

export const isRecording = wanted !== "unrecorded";

function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

function listGames(): readonly Game[] {
  return wanted === "none" ? [] : games;
}

const favourites = new Set(["Hanoi.v0"]);
const bests: Readonly<Record<string, number>> = {
  "Breakout.v0": 42,
  "Hanoi.v0": 9,
  "Tetris.v0": 12_480,
  "CartPole.v1": 500,
  "Pong.v0": -8,
};

function listOwnGames(): readonly OwnGame[] {
  const running = { episode_id: "made-up", n_steps: 600, options: {}, started: new Date().toISOString() };
  return Object.entries(bests).map(([game_id, metric], index) => ({
    game_id,
    favourite: favourites.has(game_id),
    keys: {},
    attempts: 1,
    last_played: null,
    running: wanted === "left" && index === 0 ? running : null,
    best: [{ options: {}, metric }],
  }));
}

function listScores(): ScoreList {
  const time = new Date().toISOString();
  const scores = [42, 31, 31, 8].map((metric, index) => ({
    metric,
    score: metric,
    n_steps: 600,
    time,
    own: index === 1,
    status: "lost" as const,
  }));
  return { scores, n_players: 4, n_episodes: 17 };
}

/** A favourite stays one until the page is reloaded. */
async function changeOwnGame(gameId: string, request: Request): Promise<Response> {
  const { favourite } = (await request.json()) as { favourite?: boolean };
  if (favourite === true) favourites.add(gameId);
  else favourites.delete(gameId);
  return answer(listOwnGames().find(({ game_id }) => game_id === gameId) ?? {});
}

async function respond(url: URL, request: Request): Promise<Response> {
  const [, ...path] = url.pathname.split("/");
  if (path[0] === "me" && request.method === "PUT") return changeOwnGame(path[2] ?? "", request);
  if (path[2] === "scores") return answer(listScores());
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
    case "/installation":
      return answer({ recording: isRecording, email_login: isRecording });
    case "/games":
      return answer({ games: listGames() });
    case "/me/games":
      return answer({ games: listOwnGames() });
    default:
      return answer({ code: "not_found", detail: "There is nothing here." }, 404);
  }
}

export function answerCalls(): void {
  window.fetch = (input, init) => {
    const request = input instanceof Request ? input : new Request(input, init);
    return respond(new URL(request.url), request);
  };
}
