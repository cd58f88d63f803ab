import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chosenOptions } from "@/api/chosen-options";
import type { Game } from "@/api/client";
import { token } from "@/api/token";
import { DriverMaker, type MakeDriver } from "@/features/play/driver-maker";
import { FakeDriver } from "@/player/drivers/fake";
import { browserTime } from "@/player/time";
import { makeRouter } from "./router";

const game = {
  id: "Breakout.v0",
  title: "Breakout",
  summary: "Break the wall.",
  instructions: ["Keep the ball in play."],
  tips: ["Aim for the corner."],
  tags: ["atari"],
  options: [],
  unavailable: null,
  sound: true,
  flashing: true,
  pacing: { mode: "realtime", tick_hz: 60 },
  controls: [{ does: "FIRE", keys: ["Space"], say: "Serve" }],
  sequences: [],
  pointer: [],
  pointer_axes: [],
  metric: { name: "Score", unit: "points", from: "reward", better: "higher" },
  picture: { width: 8, height: 8, pixel_aspect: 1 },
  max_steps: 1000,
  pause_limit_s: 600,
};

const hanoi = {
  ...game,
  id: "Hanoi.v0",
  title: "Tower of Hanoi",
  summary: "Bring the tower to the last pole.",
  tags: ["puzzle"],
  pacing: { mode: "turn", tick_hz: null },
  metric: { name: "Moves", unit: "moves", from: "steps", better: "lower" },
  options: [
    {
      name: "discs",
      say: "Discs",
      default: 3,
      values: [3, 4].map((value) => ({ value, say: "", changes: {} })),
    },
  ],
};

/** What one has set and reached in a game where nothing was. */
const untouched = {
  game_id: game.id,
  favourite: false,
  keys: {},
  attempts: 0,
  last_played: null,
  running: null,
  best: [],
};

// The code of a page is loaded when it is opened for the first time.
configure({ asyncUtilTimeout: 5000 });

const realFetch = globalThis.fetch;
let answers: Record<string, { status?: number; body: unknown; when?: Promise<void> }>;
let asked: string[];
let sent: unknown[];
let driver: FakeDriver | null;
let playedWith: unknown;
let router: ReturnType<typeof makeRouter>;

beforeEach(() => {
  answers = {
    "POST /auth/login": { body: { token: "t1" } },
    "GET /auth/me": { body: { id: "1", email: null, guest: true, role: "player" } },
    "GET /games": { body: { games: [game] } },
    "GET /me/games": { body: { games: [] } },
    "GET /games/Breakout.v0/scores": { body: { scores: [], n_players: 0, n_episodes: 0 } },
    "GET /games/Hanoi.v0/scores": { body: { scores: [], n_players: 0, n_episodes: 0 } },
  };
  asked = [];
  sent = [];
  localStorage.clear();
  driver = null;
  globalThis.fetch = async (input) => {
    const { method, url } = input as Request;
    if (method === "PUT") sent.push(await (input as Request).json());
    const call = `${method} ${new URL(url).pathname}`;
    asked.push(call);
    const { status = 200, body, when } = answers[call] ?? { status: 404, body: {} };
    await when;
    return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
  };
  HTMLCanvasElement.prototype.getContext = (() => ({
    createImageData: (width: number, height: number) => ({ data: new Uint8ClampedArray(width * height * 4) }),
    putImageData: () => {},
  })) as unknown as HTMLCanvasElement["getContext"];
});

afterEach(() => {
  cleanup();
  globalThis.fetch = realFetch;
  token.forget();
});

async function open(path: string): Promise<void> {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  router = makeRouter(queryClient, createMemoryHistory({ initialEntries: [path] }));
  const makeDriver: MakeDriver = (_gameId, options) => {
    playedWith = options;
    driver = new FakeDriver(browserTime, {
      format: { width: 8, height: 8, pixels: "rgb24", palette: null },
      tickHz: 60,
      lives: 5,
      draw: (step) => step,
    });
    return driver;
  };
  render(
    <QueryClientProvider client={queryClient}>
      <DriverMaker value={makeDriver}>
        <RouterProvider router={router} />
      </DriverMaker>
    </QueryClientProvider>,
  );
  await router.load();
}

/** The colours are not here to be judged; the journeys in a real browser do that. */
async function expectAccessible(part: HTMLElement = document.body): Promise<void> {
  const { violations } = await axe.run(part, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

test("who has not come in is led to the door, comes in as a guest, and is where they wanted to go", async () => {
  await open("/play/Breakout.v0");
  fireEvent.click(await screen.findByRole("button", { name: "Play as a guest" }));
  expect(await screen.findByRole("heading", { name: "Breakout" })).toBeDefined();
  expect(asked).toContain("POST /auth/login");
});

test("the door is accessible, and says why it stays shut", async () => {
  answers["POST /auth/login"] = { status: 403, body: { code: "not_allowed", detail: "Off." } };
  await open("/enter");
  await expectAccessible();
  fireEvent.change(await screen.findByLabelText("E-mail address"), { target: { value: "a@b.org" } });
  fireEvent.click(screen.getByRole("button", { name: "Continue with e-mail" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(/switched off here/);
});

test("a one-time link comes in as the administrator and leaves the address", async () => {
  answers["POST /auth/redeem"] = { body: { token: "admin" } };
  await open("/?admin=code");
  expect(await screen.findByRole("heading", { name: "Pick a game" })).toBeDefined();
  expect(token.read()).toBe("admin");
  expect(router.state.location.href).toBe("/");
});

test("a used one-time link says so", async () => {
  answers["POST /auth/redeem"] = { status: 403, body: { code: "not_allowed", detail: "Used." } };
  await open("/?admin=code");
  expect((await screen.findByRole("alert")).textContent).toMatch(/used already/);
});

test("the library shows the games with one's best", async () => {
  answers["GET /me/games"] = { body: { games: [{ ...untouched, best: [{ options: {}, metric: 42 }] }] } };
  token.keep("t1");
  await open("/");
  expect((await screen.findByText("42")).closest("article")?.textContent).toMatch(/Breakout.*Best 42/);
  await expectAccessible();
});

test("the library's view stands in the address: what is searched for, and what part is shown", async () => {
  const many = Array.from({ length: 9 }, (_, n) => ({ ...game, id: `G${n}`, title: `Game ${n}` }));
  answers["GET /games"] = { body: { games: [...many, hanoi] } };
  token.keep("t1");
  await open("/?q=tower");
  expect(await screen.findByRole("heading", { name: "1 game" })).toBeDefined();
  fireEvent.change(screen.getByLabelText("Find a game"), { target: { value: "game" } });
  expect(await screen.findByRole("heading", { name: "9 games" })).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "At your own pace" }));
  await screen.findByRole("heading", { name: "No “game” under At your own pace" });
  expect(router.state.location.search).toEqual({ q: "game", show: "turns" });
  fireEvent.click(screen.getByRole("button", { name: "Look in all games (9)" }));
  expect(await screen.findByRole("heading", { name: "9 games" })).toBeDefined();
});

test("a star is shown at once, and taken back when the server does not keep it", async () => {
  token.keep("t1");
  let answer = () => {};
  const when = new Promise<void>((resolve) => {
    answer = resolve;
  });
  answers["PUT /me/games/Breakout.v0"] = { status: 500, body: {}, when };
  await open("/");
  const star = await screen.findByRole("button", { name: "Favourite: Breakout" });
  await waitFor(() => expect(star).toHaveProperty("disabled", false));
  fireEvent.click(star);
  await waitFor(() => expect(star.getAttribute("aria-pressed")).toBe("true"));
  answer();
  expect((await screen.findByRole("alert")).textContent).toMatch(/Not kept/);
  expect(star.getAttribute("aria-pressed")).toBe("false");
  expect(sent).toEqual([{ favourite: true }]);
});

test("a game that was left is on a shelf of its own, and gone on with by one press", async () => {
  token.keep("t1");
  const running = { episode_id: "e9", n_steps: 12, options: { discs: 4 }, started: "2026-01-01T00:00:00Z" };
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  answers["GET /me/games"] = { body: { games: [{ ...untouched, game_id: "Hanoi.v0", running }] } };
  await open("/");
  await screen.findByRole("heading", { name: "Continue" });
  screen.getByText("12 moves so far");
  fireEvent.click(screen.getByRole("link", { name: "Continue Tower of Hanoi" }));
  await screen.findByText("Press any key to start");
  expect(playedWith).toEqual({ discs: 4 });
});

test("a game's page tells how it is played and what was reached, and Enter plays it with what was chosen", async () => {
  token.keep("t1");
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  const best = [
    { options: { discs: 3 }, metric: 7 },
    { options: { discs: 4 }, metric: 15 },
  ];
  answers["GET /me/games"] = { body: { games: [{ ...untouched, game_id: "Hanoi.v0", best }] } };
  await open("/games/Hanoi.v0");
  expect(await screen.findByText("7 moves")).toBeDefined();
  await expectAccessible();
  fireEvent.click(screen.getByRole("radio", { name: "4" }));
  expect(await screen.findByText("15 moves")).toBeDefined();
  expect(router.state.location.search).toEqual({ discs: 4 });
  fireEvent.keyDown(document.body, { key: "Enter", code: "Enter" });
  await screen.findByText("Press any key to start");
  expect(playedWith).toEqual({ discs: 4 });
  expect(router.state.location.search).toEqual({ discs: 4 });
});

test("whoever wants a new game in the place of the one that was left is not asked again", async () => {
  token.keep("t1");
  const running = { episode_id: "e9", n_steps: 60, options: { discs: 4 }, started: "2026-01-01T00:00:00Z" };
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  answers["GET /me/games"] = { body: { games: [{ ...untouched, game_id: "Hanoi.v0", running }] } };
  await open("/games/Hanoi.v0");
  expect(await screen.findByText("60 moves so far, 4 discs")).toBeDefined();
  fireEvent.click(screen.getByRole("link", { name: "New game" }));
  await screen.findByText("Press any key to start");
  expect(playedWith).toEqual({ discs: 3 });
});

test("a game that cannot be played here says so, and is not begun", async () => {
  token.keep("t1");
  const broken = { ...hanoi, unavailable: "Its discs are missing." };
  answers["GET /games"] = { body: { games: [game, broken] } };
  await open("/");
  const card = await screen.findByRole("article", { name: "Tower of Hanoi" });
  expect(card.textContent).toContain("Out of order");
  expect(screen.queryByRole("link", { name: "Play Tower of Hanoi" })).toBeNull();
  fireEvent.click(screen.getByRole("link", { name: "Tower of Hanoi" }));
  expect(await screen.findByText("Its discs are missing.")).toBeDefined();
  expect(screen.queryByRole("link", { name: /^Play/ })).toBeNull();
});

test("a key is exchanged in a dialog, and saved", async () => {
  token.keep("t1");
  answers["PUT /me/games/Breakout.v0"] = { body: { ...untouched, keys: { Space: "KeyM" } } };
  await open("/games/Breakout.v0");
  const change = await screen.findByRole("button", { name: "Change keys" });
  await waitFor(() => expect(change).toHaveProperty("disabled", false));
  fireEvent.click(change);
  const key = await screen.findByRole("button", { name: "Serve: Space bar" });
  await expectAccessible(screen.getByRole("dialog"));
  fireEvent.click(key);
  fireEvent.keyDown(key, { code: "F1", key: "F1" });
  expect(screen.getByText(/F1 can't be used in a game/)).toBeDefined();
  fireEvent.click(key);
  fireEvent.keyDown(key, { code: "KeyM", key: "m" });
  expect(await screen.findByRole("button", { name: "Serve: M" })).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Save keys" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent).toEqual([{ keys: { Space: "KeyM" } }]);
  expect(screen.getByTitle("M")).toBeDefined();
});

test("an empty library says what to do", async () => {
  token.keep("t1");
  answers["GET /games"] = { body: { games: [] } };
  await open("/");
  expect(await screen.findByRole("button", { name: "Look again" })).toBeDefined();
});

test("a library that cannot be had offers another try", async () => {
  token.keep("t1");
  answers["GET /games"] = { status: 500, body: { code: "internal", detail: "Broken." } };
  await open("/");
  expect((await screen.findByRole("alert")).textContent).toMatch(/Broken\./);
  answers["GET /games"] = { body: { games: [game] } };
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: "Breakout" })).toBeDefined();
});

test("a login that the server no longer knows leads back to the door", async () => {
  token.keep("old");
  answers["GET /games"] = { status: 401, body: { code: "login_required", detail: "Log in." } };
  await open("/");
  expect(await screen.findByRole("heading", { name: "Come in" })).toBeDefined();
  expect((await screen.findByRole("alert")).textContent).toMatch(/signed out/);
});

test("any key starts, P pauses, Enter goes on, and the end offers another game", async () => {
  token.keep("t1");
  await open("/play/Breakout.v0");
  await screen.findByText("Press any key to start");
  expect(screen.getAllByText(/flashing pictures/i).length).toBeGreaterThan(0);
  await expectAccessible();
  fireEvent.keyDown(document.body, { code: "KeyX", key: "x" });
  fireEvent.keyDown(document.body, { code: "KeyP", key: "p" });
  await screen.findByRole("heading", { name: "Paused" });
  await expectAccessible();
  expect(driver?.commands).toEqual([{ type: "start" }, { type: "pause", reason: "player" }]);
  fireEvent.click(screen.getAllByRole("button", { name: /Resume/ })[0] as HTMLElement);
  await screen.findByText("The game goes on. Get ready.");
  driver?.end("won");
  await screen.findByRole("heading", { name: "You won!" });
  await expectAccessible();
});

test("a game that was left is offered to be continued", async () => {
  token.keep("t1");
  const running = { episode_id: "e9", n_steps: 60, options: { discs: 4 }, started: "2026-01-01T00:00:00Z" };
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  answers["GET /me/games"] = { body: { games: [{ ...untouched, game_id: "Hanoi.v0", running }] } };
  await open("/play/Hanoi.v0");
  expect(await screen.findByText("Tower of Hanoi, 4 discs")).toBeDefined();
  fireEvent.click(await screen.findByRole("button", { name: "Continue your game" }));
  await screen.findByText("Press any key to start");
  expect(playedWith).toEqual({ discs: 4 });
  await waitFor(() => expect(router.state.location.search).toEqual({ discs: 4 }));
  expect(screen.getByText("Press any key to start")).toBeDefined();
});

test.each([
  ["?discs=99", "Discs: 99"],
  ["?discs=[3,4]", "Discs: [3,4]"],
  [`?discs=${"9".repeat(60)}x`, `Discs: ${"9".repeat(23)}…`],
])(
  "options that a game does not have (%s) are told, and nothing else is played in their place",
  async (search, words) => {
    token.keep("t1");
    answers["GET /games"] = { body: { games: [game, hanoi] } };
    await open(`/play/Hanoi.v0${search}`);
    const sentence = `The link asks for “${words}”, which Tower of Hanoi doesn't have.`;
    expect(await screen.findByText(sentence)).toBeDefined();
    await expectAccessible();
    expect(driver).toBeNull();
    fireEvent.click(screen.getByRole("link", { name: "Choose again" }));
    fireEvent.click(await screen.findByRole("radio", { name: "4" }));
    fireEvent.click(screen.getByRole("link", { name: /^Play/ }));
    await screen.findByText("Press any key to start");
    expect(playedWith).toEqual({ discs: 4 });
  },
);

test("a game's page tells of options that it does not have, until others are chosen", async () => {
  token.keep("t1");
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  await open("/games/Hanoi.v0?discs=99");
  expect((await screen.findByRole("alert")).textContent).toMatch(/“Discs: 99”, which this game doesn't have/);
  await expectAccessible();
  fireEvent.click(screen.getByRole("radio", { name: "4" }));
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});

test("a game that was left is gone on with, although its options are not there any more", async () => {
  token.keep("t1");
  const running = { episode_id: "e9", n_steps: 60, options: { discs: 9 }, started: "2026-01-01T00:00:00Z" };
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  answers["GET /me/games"] = { body: { games: [{ ...untouched, game_id: "Hanoi.v0", running }] } };
  await open("/games/Hanoi.v0");
  fireEvent.click(await screen.findByRole("link", { name: /^Continue/ }));
  await screen.findByText("Press any key to start");
});

test("what else stands in an address is no option: the game begins", async () => {
  token.keep("t1");
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  await open("/play/Hanoi.v0?utm_source=letter&discs=4");
  await screen.findByText("Press any key to start");
  expect(playedWith).toEqual({ discs: 4 });
});

test("the end leads to the game's page with the options that were played, not with those chosen there last", async () => {
  token.keep("t1");
  answers["GET /games"] = { body: { games: [game, hanoi] } };
  chosenOptions.keep(hanoi as unknown as Game, { discs: 4 });
  await open("/play/Hanoi.v0");
  await screen.findByText("Press any key to start");
  fireEvent.keyDown(document.body, { code: "KeyX", key: "x" });
  driver?.end("won");
  await screen.findByRole("heading", { name: "You won!" });
  expect(screen.getByRole("link", { name: "See all games" })).toBeDefined();
  fireEvent.click(screen.getByRole("link", { name: "About this game" }));
  expect(await screen.findByRole("radio", { name: "3" })).toHaveProperty("checked", true);
});

test("a game that is not there leads back to the others", async () => {
  token.keep("t1");
  await open("/play/Nothing.v0");
  expect(await screen.findByRole("heading", { name: "There's no such game here" })).toBeDefined();
});

test("where nobody can log in with an e-mail address, none is asked for", async () => {
  answers["GET /installation"] = { body: { recording: true, email_login: false } };
  await open("/");
  expect(await screen.findByRole("button", { name: "Play as a guest" })).toBeDefined();
  expect(screen.queryByLabelText("E-mail address")).toBeNull();
  expect(screen.getByText(/Every game you play is recorded/)).toBeDefined();
  await expectAccessible();
});

test("a server that does not tell how it is set up is one that records, and takes addresses", async () => {
  answers["GET /installation"] = { status: 404, body: { code: "not_found", detail: "" } };
  await open("/");
  expect(await screen.findByLabelText("E-mail address")).toBeDefined();
  expect(screen.getByText(/Every game you play is recorded/)).toBeDefined();
});

test("an arcade that records nothing says so at the door, at the game and at the machine", async () => {
  answers["GET /installation"] = { body: { recording: false, email_login: true } };
  await open("/");
  expect(await screen.findByText(/Games are not recorded just now/)).toBeDefined();
  expect(screen.queryByText(/Every game you play is recorded/)).toBeNull();
  cleanup();
  token.keep("t1");
  await open("/games/Breakout.v0");
  expect(await screen.findByText("Games are not recorded just now.")).toBeDefined();
  await expectAccessible();
  cleanup();
  await open("/play/Breakout.v0");
  await screen.findByText("Press any key to start");
  // The made-up server says otherwise of this game, and it is the one that knows.
  expect(screen.queryByText("Not recorded")).toBeNull();
});
