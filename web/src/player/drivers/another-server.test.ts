/** One address, several servers: whoever answers next may be another machine than the one that was played on. */
import { expect, test } from "vitest";
import { Refusal } from "@/api/refusal";
import { picture, press, running, setUp, welcome } from "./fake-server";

const paused = { ...running, state: "paused", reason: "rebuilt" };

/** A game at picture 100 in which input 1 acted in step 79 and input 2 in step 99. */
async function playTo100(settings: Parameters<typeof setUp>[0] = {}) {
  const table = setUp(settings);
  const { driver, newest, connect } = table;
  await connect();
  newest().show(picture(0, { key: true }));
  newest().tell(running);
  driver.input(press);
  driver.input({ ...press, kind: "up", held: [] });
  newest().show(picture(80, { key: true, inputSeq: 1 }));
  newest().show(picture(100, { key: true, inputSeq: 2 }));
  return table;
}

/** The machine is gone with its disk; the store had 60 steps and no input. */
const elsewhere = { step: 60, last_input_seq: 0, epoch: 1001, server_boot: "b2" };

test.each([1001, 1006, 1012, 4440])(
  "LIVE-36, LIVE-70: after %i steps that the next server has not are offered with their inputs",
  async (code) => {
    const { time, newest, connect, asked } = await playTo100();
    newest().end(code);
    await time.pass(200);
    expect(asked.at(-1)).toEqual({ episode_id: "e1", resume_token: "r1" });
    await connect(elsewhere);
    expect(newest().sent[1]).toMatchObject({
      type: "resend",
      last_step: 100,
      inputs: [
        { seq: 1, applied_step: 79 },
        { seq: 2, applied_step: 99 },
      ],
    });
  },
);

test("LIVE-36: they are offered once more, to a third server or to the second again, as long as the game has not gone on", async () => {
  const { driver, time, newest, connect } = await playTo100();
  newest().end(1006);
  await time.pass(200);
  await connect(elsewhere);
  newest().show(picture(60, { key: true }));
  newest().tell({ ...paused, step: 60 });
  driver.input(press);
  newest().end(1006);
  await time.pass(200);
  await connect({ ...elsewhere, epoch: 2001, server_boot: "b3" });
  expect(newest().find("resend")).toMatchObject([
    {
      last_step: 100,
      inputs: [
        { seq: 1, applied_step: 79 },
        { seq: 2, applied_step: 99 },
        { seq: 3, applied_step: null },
      ],
    },
  ]);
});

test("LIVE-36: steps that were made again count as before, and nobody is told of a loss", async () => {
  const { driver, time, newest, connect, heard } = await playTo100();
  newest().end(1006);
  await time.pass(200);
  await connect(elsewhere);
  newest().show(picture(60, { key: true }));
  newest().tell({ ...paused, step: 60 });
  driver.command({ type: "resume", countdown_ms: 0 });
  newest().show(picture(100, { inputSeq: 2, distance: 40 }));
  newest().tell({ ...running, step: 100 });
  expect(heard).not.toContain("steps_lost");
  newest().end(1006);
  await time.pass(200);
  await connect(elsewhere);
  expect(newest().find("resend")).toMatchObject([
    { last_step: 100, inputs: [{ applied_step: 79 }, { applied_step: 99 }] },
  ]);
});

test("LIVE-36: a key that is pressed before the next server has said how the game stands makes no step", async () => {
  const { driver, time, newest, connect } = await playTo100();
  newest().end(1006);
  await time.pass(200);
  await connect(elsewhere);
  driver.input(press);
  newest().show(picture(60, { key: true }));
  newest().tell({ ...paused, step: 60 });
  newest().tell({ ...running, step: 100 });
  newest().show(picture(101, { key: true, inputSeq: 3 }));
  newest().end(1006);
  await time.pass(200);
  await connect({ ...elsewhere, last_input_seq: 2 });
  expect(newest().find("resend")).toMatchObject([{ inputs: [{ seq: 3, applied_step: null }] }]);
});

test("LIVE-36: of steps that could not be made again the player is told, and they are never offered again", async () => {
  const { driver, time, newest, connect, heard } = await playTo100();
  newest().end(1006);
  await time.pass(200);
  await connect(elsewhere);
  newest().show(picture(60, { key: true }));
  newest().tell({ ...paused, step: 60 });
  driver.command({ type: "resume", countdown_ms: 0 });
  newest().tell({ ...running, step: 60 });
  expect(heard.at(-1)).toBe("steps_lost");
  newest().show(picture(61, { inputSeq: 2 }));
  newest().end(1006);
  await time.pass(200);
  await connect(elsewhere);
  // Both were recorded as inputs that made no step.
  expect(newest().find("resend")).toMatchObject([
    { last_step: 61, inputs: [{ applied_step: null }, { applied_step: null }] },
  ]);
});

test("LIVE-60: a number that goes back with the server makes nobody forget what is still needed, nor ask for what is gone", async () => {
  const { time, newest, connect } = await playTo100();
  newest().tell({ type: "safe", acked: 100, durable_here: 100, durable_store: 80 });
  newest().end(1006);
  await time.pass(200);
  await connect({ ...elsewhere, step: 80, last_input_seq: 1 });
  newest().tell({ type: "safe", acked: 80, durable_here: 80, durable_store: 0 });
  newest().end(1006);
  await time.pass(200);
  await connect({ ...elsewhere, step: 80, last_input_seq: 1 });
  expect(newest().find("resend")).toMatchObject([{ last_step: 100, inputs: [{ seq: 2, applied_step: 99 }] }]);
});

test("LIVE-36: a page that was loaded after the newest input in the store says nothing of steps, and plays on", async () => {
  const { driver, time, newest, connect } = setUp({ resume: { episode_id: "e1", resume_token: "r1" } });
  await connect({ step: 1000, last_input_seq: 50 });
  newest().show(picture(1000, { key: true, inputSeq: 50 }));
  newest().tell({ ...running, step: 1000 });
  driver.input(press);
  newest().show(picture(1001, { inputSeq: 51 }));
  newest().end(1006);
  await time.pass(200);
  await connect({ ...elsewhere, step: 900, last_input_seq: 45 });
  expect(newest().find("resend")).toMatchObject([
    { last_step: 900, inputs: [{ seq: 46, applied_step: null }] },
  ]);
  driver.input(press);
  expect(newest().find("input")).toMatchObject([{ seq: 47 }]);
});

test("LIVE-26, LIVE-36: a game that went on in another window is taken back as it is there", async () => {
  const { driver, newest, connect, listener } = await playTo100();
  newest().end(4409, "superseded");
  driver.input(press);
  driver.open(listener);
  await connect({ ...elsewhere, step: 90, last_input_seq: 1 });
  expect(newest().find("resend")).toEqual([{ type: "resend", inputs: [], last_step: 90 }]);
  driver.input(press);
  expect(newest().find("input")).toMatchObject([{ seq: 2 }]);
});

test("LIVE-30: numbers that another page used are not this page's to offer", async () => {
  const { time, newest, connect } = await playTo100();
  newest().end(1006);
  await time.pass(200);
  await connect({ step: 500, last_input_seq: 20 });
  expect(newest().find("resend")).toEqual([{ type: "resend", inputs: [], last_step: 500 }]);
});

test("LIVE-50: another machine's clock is measured anew, with a burst of its own; the same machine's is not", async () => {
  const { time, newest, connect } = setUp();
  const answerPings = async (count: number, serverUs: number) => {
    for (let pinged = 0; pinged < count; pinged += 1) {
      const ping = newest().find("ping").at(-1) as unknown as { id: number; client_us: number };
      const times = { t1_server_us: serverUs, t2_server_us: serverUs };
      await time.pass(4);
      newest().tell({ type: "pong", id: ping.id, client_us: ping.client_us, ...times });
      await time.pass(21);
    }
  };
  await connect();
  await answerPings(30, 7);
  expect(newest().find("clock")).toHaveLength(3);
  newest().end(1012);
  await time.pass(200);
  await connect();
  await time.pass(100);
  expect(newest().find("ping")).toHaveLength(1);
  newest().end(1012);
  await time.pass(200);
  await connect({ server_boot: "b2" });
  await answerPings(30, 9_000_000_000);
  const clocks = newest().find("clock") as unknown as { t1_server_us: number }[];
  expect(clocks).toHaveLength(3);
  // The quickest ping of the first machine is not told as one of the second.
  expect(clocks.every(({ t1_server_us }) => t1_server_us === 9_000_000_000)).toBe(true);
});

test("LIVE-52: what was drawn of steps that were lost is not told as drawn of those that took their numbers", async () => {
  const { driver, time, newest, connect } = await playTo100();
  for (const step of [59, 60, 61, 100]) driver.drawn(step, step);
  newest().end(1006);
  await time.pass(200);
  await connect(elsewhere);
  await time.pass(500);
  expect(newest().find("drawn")).toEqual([{ type: "drawn", steps: [59, 60], at_us: [59, 60] }]);
});

test("LIVE-3: while the server before lets go of a game the next one is asked again, when it says", async () => {
  const refuse: Refusal[] = [];
  const { time, newest, asked, connections } = await playTo100({ refuse });
  refuse.push(new Refusal(409, "episode_in_use", ""), new Refusal(503, "internal", "Not let go.", 3));
  newest().end(1006);
  await time.pass(200);
  expect(connections.at(-1)).toMatchObject({
    kind: "reconnecting",
    attempt: 2,
    refusal: { code: "episode_in_use" },
  });
  await time.pass(1000);
  expect(connections.at(-1)).toMatchObject({
    attempt: 3,
    untilUs: time.nowUs() + 3e6,
    refusal: { detail: "Not let go." },
  });
  await time.pass(2999);
  expect(asked).toHaveLength(3);
  await time.pass(1);
  expect(asked).toHaveLength(4);
});

test("LIVE-3: a game that was left is waited for too, where the server says when", async () => {
  const notLetGo = new Refusal(503, "internal", "Not let go.", 3);
  const resume = { episode_id: "e1", resume_token: "r1" };
  const { time, asked, connections } = setUp({ resume, refuse: [notLetGo] });
  await time.pass(0);
  expect(connections.at(-1)).toMatchObject({ kind: "reconnecting", attempt: 1, refusal: notLetGo.facts });
  await time.pass(3000);
  expect(asked).toEqual([resume, resume]);
});

test("LIVE-4: a ticket that the other server does not take is replaced by another", async () => {
  const { time, newest, asked } = await playTo100();
  newest().end(1006);
  await time.pass(200);
  newest().accept();
  newest().end(4401, "ticket_refused");
  await time.pass(1000);
  expect(asked).toHaveLength(3);
});

test("a machine that was switched off answers nothing: it is not waited for longer than 20 s", async () => {
  const refuse: "silence"[] = [];
  const { time, newest, asked, sockets, connections } = await playTo100({ refuse });
  refuse.push("silence");
  newest().end(1006);
  await time.pass(200 + 19_999);
  expect(asked).toHaveLength(2);
  await time.pass(1);
  expect(connections.at(-1)).toMatchObject({ attempt: 2, refusal: { code: "unreachable" } });
  await time.pass(1000);
  expect(asked).toHaveLength(3);
  expect(sockets).toHaveLength(2);
});

test("a socket that never opens is given up likewise", async () => {
  const { time, newest, asked } = await playTo100();
  newest().end(1006);
  await time.pass(200 + 20_000 + 400 + 1000);
  expect(asked).toHaveLength(3);
});

test("a game that is brought from another machine may take longer to be welcomed than a line that stands may be silent", async () => {
  const { time, newest, connect, connections } = await playTo100();
  newest().end(1006);
  await time.pass(200);
  newest().accept();
  await time.pass(19_000);
  expect(newest().isClosed).toBe(false);
  newest().tell({ ...welcome, step: 100, last_input_seq: 2 });
  expect(connections.at(-1)).toEqual({ kind: "connected" });
  await time.pass(8500);
  expect(connections.at(-1)).toMatchObject({ kind: "reconnecting" });
  await time.pass(200);
  await connect({ step: 100, last_input_seq: 2 });
  expect(connections.at(-1)).toEqual({ kind: "connected" });
});

test.each([
  ["realtime", null],
  ["turn", 10],
])(
  "LIVE-36: in %s, a key that no picture had shown when the game stopped at the newest one is of step %s",
  async (mode, step) => {
    const { driver, time, newest, connect } = setUp();
    await connect({ pacing: { mode, tick_hz: mode === "turn" ? null : 60 } });
    newest().show(picture(10, { key: true }));
    newest().tell({ ...running, step: 10 });
    driver.input(press);
    newest().tell({ ...paused, reason: "blur", step: 10 });
    newest().tell({ ...running, step: 10 });
    newest().show(picture(11, { inputSeq: 1 }));
    newest().end(1006);
    await time.pass(200);
    await connect({ ...elsewhere, step: 10 });
    expect(newest().find("resend")).toMatchObject([{ inputs: [{ seq: 1, applied_step: step }] }]);
  },
);
