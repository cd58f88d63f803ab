/** LIVE.md section 2: the text messages a client sends. A server closes on one that has a member too many (LIVE-11), so they are spelled out. */
interface InputStamp {
  readonly seq: number;
  readonly client_us: number;
  readonly shown_step: number;
  readonly held: readonly string[];
}

/** What happened, by kind (LIVE-31). `action` is for programs that play; this client is for people and never sends it. */
export type InputEvent =
  | { readonly kind: "down" | "up"; readonly code: string; readonly key: string }
  | { readonly kind: "pointer" | "move"; readonly x: number; readonly y: number }
  | { readonly kind: "sync" | "blur" | "focus" };

export type InputMessage = { readonly type: "input" } & InputStamp & InputEvent;

export type ResentInput = InputMessage & { readonly applied_step: number | null };

export interface ClientDescription {
  readonly name?: string;
  readonly version?: string;
  readonly browser?: string;
  readonly refresh_hz?: number;
  readonly device_pixel_ratio?: number;
  readonly input_device?: string;
  readonly time_zone?: string;
}

export interface HelloMessage {
  readonly type: "hello";
  readonly page_load: string;
  readonly played_by: "human";
  readonly client: ClientDescription;
  readonly client_us: number;
  readonly utc_ms: number;
  readonly clock_step_us: number;
}

export interface ClockMessage {
  readonly type: "clock";
  readonly t0_client_us: number;
  readonly t1_server_us: number;
  readonly t2_server_us: number;
  readonly t3_client_us: number;
}

/** What a player asks of the game itself. */
export type Command =
  | { readonly type: "start" | "quit" }
  | { readonly type: "pause"; readonly reason: "player" | "blur" }
  | { readonly type: "resume"; readonly countdown_ms: number }
  | { readonly type: "sound"; readonly on: boolean };

export type ClientMessage =
  | HelloMessage
  | InputMessage
  | { readonly type: "resend"; readonly inputs: readonly ResentInput[]; readonly last_step: number }
  | Command
  | { readonly type: "ping"; readonly id: number; readonly client_us: number }
  | ClockMessage
  | { readonly type: "drawn"; readonly steps: readonly number[]; readonly at_us: readonly number[] };

export function encodeClientMessage(message: ClientMessage): string {
  return JSON.stringify(message);
}
