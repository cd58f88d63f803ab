import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { token } from "@/api/token";
import { DriverMaker } from "@/features/play/driver-maker";
import { FakeDriver } from "@/player/drivers/fake";
import { browserTime } from "@/player/time";
import { makeRouter } from "./router";

const game = {
  id: "Breakout.v0",
  title: "Breakout",
  summary: "Break the wall.",
  instructions: ["Keep the ball in play."],
  flashing: true,
  pacing: { mode: "realtime", tick_hz: 60 },
  controls: [{ does: "FIRE", keys: ["Space"], say: "Serve" }],
  sequences: [],
  pointer: [],
  metric: { name: "Score", unit: "points", from: "reward", better: "higher" },
  picture: { width: 8, height: 8, pixel_aspect: 1 },
  max_steps: null,
};

const realFetch = globalThis.fetch;
let answers: Record<string, { status?: number; body: unknown }>;
let asked: string[];
let driver: FakeDriver | null;
let router: ReturnType<typeof makeRouter>;

beforeEach(() => {
  answers = {
    "POST /auth/login": { body: { token: "t1" } },
    "GET /auth/me": { body: { id: "1", email: null, guest: true, role: "player" } },
    "GET /games": { body: { games: [game] } },
    "GET /episodes": { body: { episodes: [] } },
  };
  asked = [];
  driver = null;
  globalThis.fetch = (input) => {
    const { method, url } = input as Request;
    const call = `${method} ${new URL(url).pathname}`;
    asked.push(call);
    const { status = 200, body } = answers[call] ?? { status: 404, body: {} };
    return Promise.resolve(
      new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }),
    );
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
  router = makeRouter(createMemoryHistory({ initialEntries: [path] }));
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const makeDriver = () => {
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
async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
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
  const played = { id: "e1", game_id: game.id, status: "lost", n_steps: 60, metric: 42 };
  answers["GET /episodes"] = { body: { episodes: [played] } };
  token.keep("t1");
  await open("/");
  expect((await screen.findByText("42")).closest("a")?.textContent).toMatch(/Breakout.*Best 42/);
  await expectAccessible();
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
  expect(await screen.findByRole("link", { name: /Breakout/ })).toBeDefined();
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
  const left = {
    id: "e9",
    game_id: game.id,
    status: "running",
    n_steps: 60,
    time_created: "2026-01-01T00:00:00Z",
  };
  answers["GET /episodes"] = { body: { episodes: [left] } };
  await open("/play/Breakout.v0");
  fireEvent.click(await screen.findByRole("button", { name: "Continue your game" }));
  await screen.findByText("Press any key to start");
});

test("a game that is not there leads back to the others", async () => {
  token.keep("t1");
  await open("/play/Nothing.v0");
  expect(await screen.findByRole("heading", { name: "There's no such game here" })).toBeDefined();
});
