/** LIVE.md section 2: the text messages a server sends, as shapes and the types that follow from them. */
import {
  isAbsentOr,
  isBoolean,
  isInteger,
  isListOf,
  isNullOr,
  isNumber,
  isObject,
  isOneOf,
  isString,
  type Shape,
  type Shaped,
} from "@/lib/shape";

const shapes = {
  welcome: isObject({
    type: isOneOf("welcome"),
    protocol: isOneOf(1),
    episode_id: isString,
    game_id: isString,
    epoch: isInteger,
    segment: isInteger,
    resume_token: isString,
    step: isInteger,
    last_input_seq: isInteger,
    picture: isObject({
      width: isInteger,
      height: isInteger,
      pixels: isOneOf("indexed8", "rgb24"),
      palette: isNullOr(isString),
    }),
    sound: isAbsentOr(isNullOr(isObject({ rate_hz: isNumber, samples_per_step: isInteger }))),
    pacing: isObject({ mode: isOneOf("realtime", "turn"), tick_hz: isNullOr(isNumber) }),
    max_steps: isNullOr(isInteger),
    // Servers of an earlier version do not send it.
    optimum: isAbsentOr(isNullOr(isInteger)),
    recording: isBoolean,
    server_us: isInteger,
    server_boot: isString,
  }),
  state: isObject({
    type: isOneOf("state"),
    state: isOneOf("ready", "running", "paused", "ended"),
    reason: isNullOr(isString),
    step: isInteger,
    resumes_in_ms: isNullOr(isNumber),
    countdown_ms: isNullOr(isNumber),
    ends_in_ms: isNullOr(isNumber),
    active_ms: isNumber,
    server_us: isInteger,
  }),
  pending: isObject({ type: isOneOf("pending"), codes: isListOf(isString) }),
  safe: isObject({
    type: isOneOf("safe"),
    acked: isInteger,
    durable_here: isInteger,
    durable_store: isInteger,
  }),
  pong: isObject({
    type: isOneOf("pong"),
    id: isInteger,
    client_us: isInteger,
    t1_server_us: isInteger,
    t2_server_us: isInteger,
  }),
  notice: isObject({ type: isOneOf("notice"), code: isString, text: isString }),
  ended: isObject({
    type: isOneOf("ended"),
    status: isOneOf("won", "lost", "incomplete"),
    reason: isString,
    n_steps: isInteger,
    score: isNumber,
    metric: isNullOr(isNumber),
  }),
} as const;

type ServerMessages = { readonly [K in keyof typeof shapes]: Shaped<(typeof shapes)[K]> };
export type ServerMessage = ServerMessages[keyof ServerMessages];
export type Welcome = ServerMessages["welcome"];
export type StateMessage = ServerMessages["state"];
export type EndedMessage = ServerMessages["ended"];
export type NoticeMessage = ServerMessages["notice"];
export type PongMessage = ServerMessages["pong"];

/** What could not be read: `unknown` is a later server's message and is passed over (LIVE-11); `malformed` is a fault. */
type UnreadMessage =
  | { readonly type: "unknown"; readonly text: string }
  | { readonly type: "malformed"; readonly text: string };

export function parseServerMessage(text: string): ServerMessage | UnreadMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: "malformed", text };
  }
  const named = isObject({ type: isString })(value) ? value.type : null;
  if (named === null) return { type: "malformed", text };
  if (!Object.hasOwn(shapes, named)) return { type: "unknown", text };
  const shape: Shape<ServerMessage> = shapes[named as keyof typeof shapes] as Shape<ServerMessage>;
  return shape(value) ? value : { type: "malformed", text };
}
