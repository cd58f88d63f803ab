/** The HTTP calls, typed from the server's own description (`schema.d.ts`; `make api` writes it). Every refusal is thrown as a `Refusal`. */
import createClient from "openapi-fetch";
import { serverOrigin } from "@/lib/server-address";
import { parseRefusal, unreachable } from "./refusal";
import type { paths } from "./schema";
import { token } from "./token";

const client = createClient<paths>({
  baseUrl: serverOrigin,
  // Looked up at each call: whoever answers in the server's place may come later than this module.
  fetch: (request) => globalThis.fetch(request),
});

client.use({
  onRequest({ request }) {
    const held = token.read();
    if (held !== null) request.headers.set("Authorization", `Bearer ${held}`);
    return request;
  },
});

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

async function expectAnswer<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    // `fetch` tells an unreachable server by a TypeError, and nothing more.
    throw cause instanceof TypeError ? unreachable() : cause;
  }
  if (answer.data !== undefined) return answer.data;
  const refusal = parseRefusal(answer.response, answer.error);
  if (refusal.status === 401 && refusal.code === "login_required") token.refuse();
  throw refusal;
}

export async function logInAsGuest(): Promise<string> {
  return (await expectAnswer(client.POST("/auth/login", { body: { guest: true } }))).token;
}

export async function logInWithEmail(email: string): Promise<string> {
  return (await expectAnswer(client.POST("/auth/login", { body: { guest: false, email } }))).token;
}

export async function redeemCode(code: string): Promise<string> {
  return (await expectAnswer(client.POST("/auth/redeem", { body: { code } }))).token;
}

/** The token is forgotten here whatever the server says to it. */
export function logOut(): void {
  const Authorization = `Bearer ${token.read()}`;
  token.forget();
  client.POST("/auth/logout", { headers: { Authorization } }).catch(() => {});
}

export function fetchMe() {
  return expectAnswer(client.GET("/auth/me"));
}

export async function fetchGames() {
  return (await expectAnswer(client.GET("/games"))).games;
}

export async function fetchRunningEpisodes(gameId: string) {
  const query = { status: "running", game_id: gameId, owner: "me", limit: 5 } as const;
  return (await expectAnswer(client.GET("/episodes", { params: { query } }))).episodes;
}

/** As many as the server gives at once; a best from longer ago is forgiven. */
export async function fetchOwnEpisodes() {
  const query = { owner: "me", limit: 500 } as const;
  return (await expectAnswer(client.GET("/episodes", { params: { query } }))).episodes;
}

export function fetchEpisode(episode_id: string) {
  return expectAnswer(client.GET("/episodes/{episode_id}", { params: { path: { episode_id } } }));
}

export function requestNewTicket(gameId: string) {
  return expectAnswer(client.POST("/play-tickets", { body: { game_id: gameId } }));
}

export function requestResumeTicket(episodeId: string, resumeToken: string | null) {
  const body = {
    episode_id: episodeId,
    ...(resumeToken === null ? {} : { resume_token: resumeToken }),
  };
  return expectAnswer(client.POST("/play-tickets", { body }));
}

export function formPictureUrl(gameId: string): string {
  return `${serverOrigin}/games/${encodeURIComponent(gameId)}/picture.png`;
}

export type Game = Awaited<ReturnType<typeof fetchGames>>[number];
export type EpisodeSummary = Awaited<ReturnType<typeof fetchRunningEpisodes>>[number];
