/** A server for tests of the live driver, the test being its word: what it said of itself, and what was asked of it. */
import type { Refusal } from "@/api/refusal";
import type { EndedMessage } from "@/protocol/server-messages";
import { ManualTime } from "../manual-time";
import type { Connection, DriverListener, StampedInput } from "./driver";
import { FakeSocket } from "./fake-socket";
import { LiveDriver } from "./live";
import type { ResumeKey, Ticket } from "./ticket";

export const welcome = {
  type: "welcome",
  protocol: 1,
  episode_id: "e1",
  game_id: "Fake.v0",
  epoch: 1,
  segment: 0,
  resume_token: "r1",
  step: 0,
  last_input_seq: 0,
  picture: { width: 4, height: 2, pixels: "rgb24", palette: null },
  pacing: { mode: "realtime", tick_hz: 60 },
  max_steps: null,
  recording: true,
  server_us: 0,
  server_boot: "b1",
} as const;

export const press = {
  kind: "down",
  code: "KeyA",
  key: "a",
  client_us: 5,
  shown_step: 0,
  held: ["KeyA"] as string[],
} satisfies StampedInput;

export function picture(step: number, { key = false, inputSeq = 0, distance = 1 } = {}): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint8(0, 1);
  view.setUint8(1, key ? 1 : 0);
  view.setUint16(2, key ? 0 : distance, true);
  view.setUint32(4, step, true);
  view.setUint32(8, inputSeq, true);
  return view.buffer;
}

interface SetUp {
  readonly resume?: ResumeKey | null;
  /** The answers to the first tickets asked for; "silence" is none at all. */
  readonly refuse?: (Refusal | "silence")[];
  readonly end?: EndedMessage | null;
}

const client = { page_load: "p1", client: { name: "test" }, clock_step_us: 5 };

export function setUp({ resume = null, refuse = [], end = null }: SetUp = {}) {
  const time = new ManualTime();
  const sockets: FakeSocket[] = [];
  const asked: (ResumeKey | null)[] = [];
  const connections: Connection[] = [];
  const heard: string[] = [];
  const requestTicket = (key: ResumeKey | null): Promise<Ticket> => {
    asked.push(key);
    const refusal = refuse.shift();
    if (refusal === "silence") return new Promise(() => {});
    if (refusal !== undefined) return Promise.reject(refusal);
    return Promise.resolve({ episode_id: "e1", path: `/ws/Fake.v0?token=t${asked.length}`, client });
  };
  const driver = new LiveDriver({
    time,
    resume,
    office: { requestTicket, fetchEnd: () => Promise.resolve(end) },
    openSocket: (path, subprotocol) => {
      sockets.push(new FakeSocket(path, subprotocol));
      return sockets.at(-1) as FakeSocket;
    },
  });
  const listener: DriverListener = {
    connection: (connection) => connections.push(connection),
    welcome: () => heard.push("welcome"),
    state: ({ state }) => heard.push(state),
    picture: ({ step }) => heard.push(`picture ${step}`),
    sound: ({ step }) => heard.push(`sound ${step}`),
    pending: (codes) => heard.push(`pending ${codes.join(" ")}`),
    notice: ({ code }) => heard.push(code),
    ended: ({ status }) => heard.push(status),
    roundTrip: (us) => heard.push(`round trip ${us}`),
  };
  const newest = () => sockets.at(-1) as FakeSocket;
  const connect = async (more: object = {}) => {
    await time.pass(0);
    newest().accept();
    newest().tell({ ...welcome, ...more });
  };
  driver.open(listener);
  return { time, driver, sockets, asked, connections, heard, newest, connect, listener };
}

export const running = {
  type: "state",
  state: "running",
  reason: null,
  step: 0,
  resumes_in_ms: null,
  countdown_ms: 3000,
  ends_in_ms: null,
  active_ms: 0,
  server_us: 1,
};
