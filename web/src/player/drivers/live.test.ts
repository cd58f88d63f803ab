import { expect, test } from "vitest";
import { Refusal } from "@/api/refusal";
import { picture, press, running, setUp, welcome } from "./fake-server";

test("LIVE-5, LIVE-6: the socket is the ticket's, offers the subprotocol, and hello comes first", async () => {
  const { newest, connect, connections } = setUp();
  await connect();
  expect(newest().path).toBe("/ws/Fake.v0?token=t1");
  expect(newest().subprotocol).toBe("skill-arcade.live.v1");
  expect(newest().sent[0]).toEqual({
    type: "hello",
    page_load: "p1",
    played_by: "human",
    client: { name: "test" },
    client_us: 1_000_000,
    utc_ms: 1_700_000_001_000,
    clock_step_us: 5,
  });
  expect(connections).toEqual([{ kind: "connecting" }, { kind: "connected" }]);
});

test("LIVE-30: inputs are numbered on from the last one that the server had", async () => {
  const { driver, newest, connect } = setUp();
  driver.input(press);
  await connect({ last_input_seq: 41 });
  driver.input(press);
  driver.input(press);
  expect(
    newest()
      .find("input")
      .map(({ seq }) => seq),
  ).toEqual([42, 43]);
});

test("LIVE-36, LIVE-70: a lost connection is come back to with the resume token, and inputs are sent again first", async () => {
  const { driver, time, newest, connect, sockets, asked, connections } = setUp();
  await connect();
  newest().show(picture(0, { key: true }));
  newest().tell(running);
  driver.input(press);
  driver.input({ ...press, kind: "up", held: [] });
  newest().show(picture(1, { inputSeq: 1 }));
  newest().end(1006);
  expect(connections.at(-1)).toEqual({
    kind: "reconnecting",
    attempt: 1,
    untilUs: time.nowUs() + 200_000,
    refusal: null,
  });
  driver.input(press);
  await time.pass(199);
  expect(sockets).toHaveLength(1);
  await time.pass(1);
  expect(asked.at(-1)).toEqual({ episode_id: "e1", resume_token: "r1" });
  await connect({ last_input_seq: 0, step: 0 });
  driver.input(press);
  const inputs = newest().sent.filter(({ type }) => type === "resend" || type === "input");
  expect(inputs[0]).toMatchObject({ type: "resend", last_step: 1 });
  expect(inputs[0]?.inputs).toMatchObject([
    { seq: 1, applied_step: 0 },
    { seq: 2, applied_step: null },
    { seq: 3, applied_step: null },
  ]);
  expect(inputs[1]).toMatchObject({ type: "input", seq: 4 });
});

test.each([
  ["running", 0],
  ["ready", null],
])(
  "LIVE-36: an input sent right after the start, which the server answered with %s, has step %s",
  async (state, step) => {
    const { driver, time, newest, connect } = setUp();
    await connect();
    newest().show(picture(0, { key: true }));
    newest().tell({ ...running, state: "ready" });
    driver.input(press);
    driver.command({ type: "start" });
    driver.input(press);
    expect(
      newest()
        .sent.slice(-3)
        .map(({ type }) => type),
    ).toEqual(["input", "start", "input"]);
    newest().tell({ ...running, state });
    newest().show(picture(1, { inputSeq: 2 }));
    newest().end(1006);
    await time.pass(1000);
    await connect();
    expect(newest().find("resend")[0]?.inputs).toMatchObject([
      { seq: 1, applied_step: null },
      { seq: 2, applied_step: step },
    ]);
  },
);

test("LIVE-70: whoever does not want to wait is connected at once, and what was asked for before comes too late", async () => {
  const { driver, time, newest, connect, sockets, connections } = setUp();
  await connect();
  driver.tryNow();
  expect(sockets).toHaveLength(1);
  newest().end(1006);
  driver.tryNow();
  driver.tryNow();
  await time.pass(0);
  expect(sockets).toHaveLength(2);
  await connect();
  await time.pass(5000);
  expect(sockets).toHaveLength(2);
  expect(connections.at(-1)).toEqual({ kind: "connected" });
});

test("a game that was closed for good is not tried again by itself", async () => {
  const { driver, time, newest, connect, sockets } = setUp();
  await connect();
  newest().end(4409, "superseded");
  driver.tryNow();
  await time.pass(60_000);
  expect(sockets).toHaveLength(1);
});

test("LIVE-36: each welcome but the first is answered, also when no input is missing", async () => {
  const { newest, connect } = setUp();
  await connect();
  expect(newest().find("resend")).toEqual([]);
  newest().show(picture(7, { key: true }));
  newest().tell({ ...welcome, step: 7 });
  expect(newest().find("resend")).toEqual([{ type: "resend", inputs: [], last_step: 7 }]);
});

test("LIVE-70: the waits grow, and a good connection starts them anew", async () => {
  const { time, newest, connect, sockets } = setUp();
  await connect();
  for (const waitMs of [200, 1000, 2000]) {
    newest().end(1012);
    const before = sockets.length;
    await time.pass(waitMs - 1);
    expect(sockets).toHaveLength(before);
    await time.pass(1);
    expect(sockets).toHaveLength(before + 1);
  }
  await connect();
  newest().end(1001);
  await time.pass(1000);
  expect(sockets).toHaveLength(5);
});

test.each([
  [new Refusal(0, "unreachable", ""), 1000],
  [new Refusal(503, "at_capacity", "", 9), 9000],
  [new Refusal(503, "data_folder", ""), 2000],
  [new Refusal(503, "internal", "", 86_400), 60_000],
  [new Refusal(507, "storage_full", "", 60), 60_000],
  [new Refusal(409, "episode_in_use", ""), 2000],
  [new Refusal(404, "unexpected", ""), 2000],
  [new Refusal(502, "unexpected", ""), 2000],
])("LIVE-3: after %o on the way back it is tried again", async (refusal, waitMs) => {
  const refuse: Refusal[] = [];
  const { time, newest, connect, asked, connections } = setUp({ refuse });
  await connect();
  refuse.push(refusal);
  newest().end(1006);
  await time.pass(1000);
  expect(connections.at(-1)).toMatchObject({ kind: "reconnecting", attempt: 2, refusal: refusal.facts });
  await time.pass(Math.max(waitMs, 2000));
  expect(asked).toHaveLength(3);
});

test.each([
  new Refusal(401, "login_required", ""),
  new Refusal(404, "unknown_episode", ""),
  new Refusal(409, "episode_ended", ""),
])("LIVE-3: %o is an answer, on the way back too", async (refusal) => {
  const refuse: Refusal[] = [];
  const { time, newest, connect, connections } = setUp({ refuse });
  await connect();
  refuse.push(refusal);
  newest().end(1006);
  await time.pass(60_000);
  expect(connections.at(-1)).toEqual({ kind: "refused", refusal: refusal.facts });
});

test("LIVE-27: an end that came while the line was down is asked for", async () => {
  const refuse: Refusal[] = [];
  const end = {
    type: "ended",
    status: "won",
    reason: "terminated",
    n_steps: 7,
    score: 1,
    metric: 7,
  } as const;
  const { time, newest, connect, heard, connections } = setUp({ refuse, end });
  await connect();
  refuse.push(new Refusal(409, "episode_ended", ""));
  newest().end(1006);
  await time.pass(1000);
  expect(heard.at(-1)).toBe("won");
  expect(connections.at(-1)).toMatchObject({ kind: "reconnecting" });
});

test("LIVE-3: a first ticket that is refused is not asked for again", async () => {
  const refusal = new Refusal(409, "game_unavailable", "");
  const { time, asked, connections } = setUp({ refuse: [refusal] });
  await time.pass(60_000);
  expect(asked).toHaveLength(1);
  expect(connections.at(-1)).toEqual({ kind: "refused", refusal: refusal.facts });
});

test("LIVE-3: a place on a full server is asked for again when the server says, also while it is away, until there is one", async () => {
  const full = new Refusal(503, "at_capacity", "", 9);
  const away = new Refusal(0, "unreachable", "");
  const { time, asked, connections, connect } = setUp({ refuse: [full, away, full] });
  await time.pass(0);
  expect(connections.at(-1)).toEqual({ kind: "waiting", refusal: full.facts, untilUs: 10_000_000 });
  await time.pass(8_999);
  expect(asked).toHaveLength(1);
  await time.pass(18_001);
  expect(asked).toHaveLength(4);
  await connect();
  expect(connections.map(({ kind }) => kind)).toEqual([
    "connecting",
    "waiting",
    "waiting",
    "waiting",
    "connected",
  ]);
});

test("who has stopped waiting gets no place, and may ask once more", async () => {
  const full = new Refusal(503, "at_capacity", "", 9);
  const { time, driver, sockets, asked, connections } = setUp({ refuse: [full] });
  await time.pass(0);
  driver.stopWaiting();
  expect(connections.at(-1)).toEqual({ kind: "refused", refusal: full.facts });
  await time.pass(60_000);
  expect(asked).toHaveLength(1);
  expect(sockets).toHaveLength(0);
});

test("a place that is granted after one has stopped waiting is not taken", async () => {
  const full = new Refusal(503, "at_capacity", "", 9);
  const refuse = [full];
  const { time, driver, sockets, asked, connections } = setUp({ refuse });
  await time.pass(0);
  const passed = time.pass(9000);
  driver.stopWaiting();
  await passed;
  expect(asked).toHaveLength(1);
  expect(sockets).toHaveLength(0);
  expect(connections.at(-1)).toEqual({ kind: "refused", refusal: full.facts });
});

test("LIVE-26: a game that another window took over can be taken back", async () => {
  const { time, driver, newest, connect, sockets, asked, connections, listener } = setUp();
  await connect();
  newest().end(4409, "superseded");
  expect(connections.at(-1)).toMatchObject({ kind: "closed", close: { reason: "superseded" } });
  driver.open(listener);
  await connect({ last_input_seq: 3 });
  expect(asked.at(-1)).toEqual({ episode_id: "e1", resume_token: "r1" });
  expect(sockets).toHaveLength(2);
  expect(newest().find("resend")).toHaveLength(1);
  expect(connections.at(-1)).toEqual({ kind: "connected" });
  await time.pass(0);
  driver.input(press);
  expect(newest().find("input")).toMatchObject([{ seq: 4 }]);
});

test("LIVE-70: a refused ticket is replaced by one for the same episode", async () => {
  const { time, newest, asked } = setUp();
  await time.pass(0);
  newest().end(4401, "ticket_refused");
  await time.pass(1000);
  expect(asked).toEqual([null, { episode_id: "e1", resume_token: null }]);
});

test("LIVE-4: a ticket of a new episode that was never used leaves nothing behind, so another game is begun", async () => {
  const refuse: Refusal[] = [];
  const { time, newest, asked } = setUp({ refuse });
  await time.pass(0);
  refuse.push(new Refusal(404, "unknown_episode", ""));
  newest().end(1006);
  await time.pass(1000);
  expect(asked).toEqual([null, { episode_id: "e1", resume_token: null }, null]);
});

test.each([4400, 4404, 4406, 4408, 4409, 4413, 4422, 4429, 4503])("LIVE-70: %i is the end", async (code) => {
  const { time, newest, connect, sockets, connections } = setUp();
  await connect();
  newest().end(code);
  await time.pass(60_000);
  expect(sockets).toHaveLength(1);
  expect(connections.at(-1)).toMatchObject({ kind: "closed", close: { code } });
});

test("LIVE-19: a picture that cannot be built on brings a new connection, never a wrong picture", async () => {
  const { time, newest, connect, heard, sockets } = setUp();
  await connect();
  newest().show(picture(0, { key: true }));
  newest().show(picture(5));
  expect(heard).not.toContain("picture 5");
  expect(newest().isClosed).toBe(true);
  await time.pass(1000);
  expect(sockets).toHaveLength(2);
});

test("LIVE-14: something is sent at least every 5 s, and a server that says nothing is given up", async () => {
  const { time, newest, connect, connections } = setUp();
  await connect();
  await time.pass(3000);
  const before = newest().find("ping").length;
  await time.pass(4000);
  expect(newest().find("ping").length).toBeGreaterThan(before);
  await time.pass(3000);
  expect(connections.at(-1)).toMatchObject({ kind: "reconnecting", attempt: 1 });
});

test("LIVE-50: a burst of pings follows the first welcome, and its quickest goes back as clock", async () => {
  const { time, newest, connect } = setUp();
  await connect();
  for (let id = 1; id <= 30; id += 1) {
    const ping = newest().find("ping").at(-1) as unknown as { id: number; client_us: number };
    expect(ping.id).toBe(id);
    const roundTripMs = id === 17 ? 4 : 8;
    await time.pass(roundTripMs);
    newest().tell({ type: "pong", id, client_us: ping.client_us, t1_server_us: 100, t2_server_us: 200 });
    await time.pass(25 - roundTripMs);
  }
  const clocks = newest().find("clock") as unknown as { t0_client_us: number; t3_client_us: number }[];
  expect(clocks.map(({ t0_client_us: t0, t3_client_us: t3 }) => t3 - t0)).toEqual([8000, 8000, 4000]);
});

test("LIVE-52: what was drawn is reported within half a second, also after a reconnect", async () => {
  const { driver, time, newest, connect } = setUp();
  await connect();
  driver.drawn(1, 10);
  driver.drawn(2, 20);
  await time.pass(500);
  expect(newest().find("drawn")).toEqual([{ type: "drawn", steps: [1, 2], at_us: [10, 20] }]);
  driver.drawn(3, 30);
  newest().end(1006);
  await time.pass(1000);
  await connect({ step: 3 });
  await time.pass(500);
  expect(newest().find("drawn")).toEqual([{ type: "drawn", steps: [3], at_us: [30] }]);
});

test("LIVE-52: what was drawn last is told before a game is left", async () => {
  const { driver, newest, connect } = setUp();
  await connect();
  driver.drawn(1, 10);
  driver.command({ type: "quit" });
  expect(newest().sent.slice(-2)).toEqual([{ type: "drawn", steps: [1], at_us: [10] }, { type: "quit" }]);
  driver.drawn(2, 20);
  driver.close();
  expect(newest().sent.at(-1)).toEqual({ type: "drawn", steps: [2], at_us: [20] });
});

test("LIVE-11: a message of tomorrow is passed over", async () => {
  const { newest, connect, connections } = setUp();
  await connect();
  newest().tell({ type: "weather" });
  newest().show(Uint8Array.from({ length: 20 }, () => 9).buffer);
  expect(connections.at(-1)).toEqual({ kind: "connected" });
});

test("LIVE-41, LIVE-42: sound is asked for and handed on; what cannot be read is a moment's silence", async () => {
  const { driver, newest, connect, connections, heard } = setUp();
  await connect();
  driver.command({ type: "sound", on: true });
  expect(newest().sent.at(-1)).toEqual({ type: "sound", on: true });
  newest().show(Uint8Array.of(2, 1, 0, 2, 7, 0, 0, 0).buffer);
  newest().show(Uint8Array.of(2, 0, 0, 2, 8, 0, 0, 0, 255).buffer);
  newest().show(Uint8Array.of(2).buffer);
  expect(heard.filter((each) => each.startsWith("sound"))).toEqual(["sound 7"]);
  expect(connections.at(-1)).toEqual({ kind: "connected" });
});

test("a driver that was closed does nothing more", async () => {
  const { driver, time, newest, connect, sockets, connections } = setUp();
  await connect();
  const before = connections.length;
  driver.close();
  expect(newest().isClosed).toBe(true);
  await time.pass(60_000);
  expect(sockets).toHaveLength(1);
  expect(connections).toHaveLength(before);
});
