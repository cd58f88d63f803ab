import { expect, test } from "vitest";
import { type ClientMessage, encodeClientMessage, type InputMessage } from "@/protocol/client-messages";
import { maxMessageBytes } from "@/protocol/limits";
import { ManualTime } from "../manual-time";
import { picture, press, running, setUp } from "./fake-server";
import { Resending } from "./resending";
import { SentInputs } from "./sent-inputs";

/** Ten minutes: a mouse that moves 60 times a second, and 20 key events a second. */
const busyInputs = 10 * 60 * 80;

function makeInput(seq: number): InputMessage {
  const stamp = {
    seq,
    client_us: 1_234_567_890 + seq * 12_500,
    shown_step: seq,
    held: ["ArrowLeft", "Space"],
  };
  return seq % 4 === 0
    ? { type: "input", ...stamp, kind: "down", code: "ArrowLeft", key: "ArrowLeft" }
    : { type: "input", ...stamp, kind: "move", x: seq / busyInputs, y: 0.123_456_789 };
}

/** The server's patience with a client's messages (LIVE-13). */
function makeBucket(): (nowUs: number) => number {
  let tokens = 480;
  let filledUs: number | null = null;
  return (nowUs) => {
    tokens = Math.min(480, tokens + ((nowUs - (filledUs ?? nowUs)) / 1e6) * 240);
    filledUs = nowUs;
    tokens -= 1;
    return tokens;
  };
}

test("LIVE-13, LIVE-36: ten minutes of busy play are sent once more, whole and in order, no faster than a server bears", async () => {
  const time = new ManualTime();
  const inputs = new SentInputs();
  for (let seq = 1; seq <= busyInputs; seq += 1) {
    inputs.add(makeInput(seq), true);
    inputs.learn(seq, seq);
  }
  const take = makeBucket();
  const seqs: number[] = [];
  let fewestTokens = Number.POSITIVE_INFINITY;
  let nMessages = 0;
  let doneAfterS: number | null = null;
  const begunUs = time.nowUs();
  const send = (message: ClientMessage) => {
    if (message.type !== "resend") throw new Error("only inputs are sent");
    nMessages += 1;
    fewestTokens = Math.min(fewestTokens, take(time.nowUs()));
    expect(message.inputs.length).toBeLessThanOrEqual(60);
    expect(encodeClientMessage(message).length).toBeLessThanOrEqual(maxMessageBytes);
    seqs.push(...message.inputs.map(({ seq }) => seq));
  };
  new Resending(time, send, inputs).begin(0, busyInputs, () => {
    doneAfterS = (time.nowUs() - begunUs) / 1e6;
  });
  await time.pass(10_000);
  expect(seqs).toEqual(Array.from({ length: busyInputs }, (_, index) => index + 1));
  // Pings and reports of what was drawn take 45 a second at most.
  expect(fewestTokens).toBeGreaterThan(200);
  expect(nMessages).toBe(busyInputs / 60);
  expect(doneAfterS).toBeLessThan(5);
});

test("LIVE-36: what is done meanwhile comes after it, keys in further resends and wishes in their order", async () => {
  const { driver, time, newest, connect } = setUp();
  await connect();
  newest().show(picture(0, { key: true }));
  newest().tell(running);
  for (let count = 0; count < 60 * 250; count += 1) driver.input(press);
  newest().end(1006);
  await time.pass(200);
  await connect();
  expect(newest().find("resend")).toHaveLength(200);
  driver.command({ type: "resume", countdown_ms: 3000 });
  driver.command({ type: "pause", reason: "player" });
  driver.command({ type: "resume", countdown_ms: 0 });
  driver.input(press);
  await time.pass(400);
  const order = newest()
    .sent.filter(({ type }) => type !== "ping")
    .map(({ type }) => type);
  expect(order.slice(0, 2)).toEqual(["hello", "resend"]);
  expect(order.slice(-3)).toEqual(["resend", "pause", "resume"]);
  expect(newest().find("resume")).toEqual([{ type: "resume", countdown_ms: 0 }]);
  expect(
    newest()
      .find("resend")
      .at(-1)
      ?.inputs?.map((input) => (input as InputMessage).seq),
  ).toEqual([60 * 250 + 1]);
  driver.input(press);
  expect(newest().sent.at(-1)).toMatchObject({ type: "input", seq: 60 * 250 + 2 });
});

test("LIVE-36: a line that is lost while inputs are sent once more leaves nothing behind", async () => {
  const { driver, time, newest, connect, sockets } = setUp();
  await connect();
  newest().tell(running);
  for (let count = 0; count < 60 * 250; count += 1) driver.input(press);
  newest().end(1006);
  await time.pass(200);
  await connect();
  driver.command({ type: "resume", countdown_ms: 0 });
  newest().end(1006);
  await time.pass(200);
  await connect({ last_input_seq: 60 * 250 });
  expect(newest().find("resend")).toHaveLength(1);
  expect(newest().find("resume")).toEqual([]);
  expect(sockets[1]?.find("resend")).toHaveLength(200);
});
