/** The HTTP calls, typed from the server's own description (`schema.d.ts`; `make api` writes it). Every refusal is thrown as a `Refusal`. */
import createClient from "openapi-fetch";
import { serverOrigin } from "@/lib/server-address";
import { parseRefusal, unreachable } from "./refusal";
import type { components, paths } from "./schema";
import { token } from "./token";

type Options = NonNullable<components["schemas"]["PlayTicketRequest"]["options"]>;
type OwnSettings = components["schemas"]["OwnGameChange"];

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
    // `fetch` tells an unreachable server by a TypeError, and nothing more. What is no JSON was said by something that stands in between.
    throw cause instanceof TypeError || cause instanceof SyntaxError ? unreachable() : cause;
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

/** How this arcade is set up; nobody needs to have come in to ask. */
export function fetchInstallation() {
  return expectAnswer(client.GET("/installation"));
}

export function fetchMe() {
  return expectAnswer(client.GET("/auth/me"));
}

export async function fetchGames() {
  return (await expectAnswer(client.GET("/games"))).games;
}

/** The games that one has played or set something for. */
export async function fetchOwnGames() {
  return (await expectAnswer(client.GET("/me/games"))).games;
}

/** What is left out stays as it is. */
export function changeOwnSettings(game_id: string, body: OwnSettings) {
  return expectAnswer(client.PUT("/me/games/{game_id}", { params: { path: { game_id } }, body }));
}

/** The best that people did with exactly these options. */
export function fetchScores(game_id: string, options: Options) {
  const query = { options: JSON.stringify(options) };
  return expectAnswer(client.GET("/games/{game_id}/scores", { params: { path: { game_id }, query } }));
}

export function fetchEpisode(episode_id: string) {
  return expectAnswer(client.GET("/episodes/{episode_id}", { params: { path: { episode_id } } }));
}

export function requestNewTicket(game_id: string, options: Options) {
  return expectAnswer(client.POST("/play-tickets", { body: { game_id, options } }));
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
export type OwnGame = Awaited<ReturnType<typeof fetchOwnGames>>[number];
export type ScoreList = Awaited<ReturnType<typeof fetchScores>>;
