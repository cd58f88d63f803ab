/** The golden messages of protocol/vectors, which judge every implementation alike. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type ClientMessage, encodeClientMessage } from "./client-messages";
import { PictureBuffer, type PictureFormat, parsePictureHeader } from "./picture";
import { parseServerMessage } from "./server-messages";
import { isSoundMessage, parseSound } from "./sound";

interface MessageVector {
  readonly name: string;
  readonly rule: string;
  readonly from: "client" | "server";
  readonly text: string;
  readonly close: number | null;
}

interface PictureVector {
  readonly name: string;
  readonly rule: string;
  readonly format: Omit<PictureFormat, "palette">;
  readonly message: string;
  readonly header: {
    readonly flags: number;
    readonly base_distance: number;
    readonly step: number;
    readonly input_seq: number;
    readonly server_us: number;
    readonly score: number | null;
    readonly lives: number | null;
  };
  readonly base: string | null;
  readonly sha256: string;
}

interface SoundVector {
  readonly name: string;
  readonly rule: string;
  readonly message: string;
  readonly header: { readonly n_samples: number; readonly step: number };
  readonly sha256: string;
}

function readVectors<T>(file: string): T[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../../../protocol/vectors", file), "utf8"));
}

const messages = readVectors<MessageVector>("live-messages.json");
const pictures = readVectors<PictureVector>("live-pictures.json");
const sounds = readVectors<SoundVector>("live-sounds.json");

describe("what a server sends is read", () => {
  test.each(messages.filter(({ from }) => from === "server"))("$rule: $name", ({ name, text }) => {
    const message = parseServerMessage(text);
    if (name.startsWith("a type of tomorrow")) expect(message.type).toBe("unknown");
    else expect(message).toEqual(JSON.parse(text));
  });
});

const arrowRight = { code: "ArrowRight", key: "ArrowRight", held: ["Space", "ArrowRight"] } as const;
const stamp = { type: "input", seq: 7, client_us: 5_123_456, shown_step: 41 } as const;
const right = { ...stamp, kind: "down", ...arrowRight } as const;

const written: Readonly<Record<string, ClientMessage>> = {
  hello: {
    type: "hello",
    page_load: "0b1f6c1e",
    played_by: "human",
    client: { name: "skill-arcade-web", version: "0.1.0", refresh_hz: 60, time_zone: "Europe/Zürich" },
    client_us: 1000,
    utc_ms: 1_790_000_000_000,
    clock_step_us: 5,
  },
  start: { type: "start" },
  "key down": right,
  "key up": { ...right, kind: "up", held: ["Space"] },
  click: { ...stamp, kind: "pointer", x: 0.25, y: 1, held: [] },
  "mouse over the picture": { ...stamp, kind: "move", x: 0.5, y: 0.125, held: ["Space"] },
  sync: { ...stamp, kind: "sync", held: ["ArrowLeft"] },
  blur: { ...stamp, kind: "blur", held: [] },
  "resend of nothing": { type: "resend", inputs: [], last_step: 0 },
  resend: {
    type: "resend",
    inputs: [
      { ...right, applied_step: 40 },
      { ...right, seq: 8, applied_step: null },
    ],
    last_step: 44,
  },
  pause: { type: "pause", reason: "player" },
  resume: { type: "resume", countdown_ms: 3000 },
  "sound on": { type: "sound", on: true },
  "sound off": { type: "sound", on: false },
  quit: { type: "quit" },
  ping: { type: "ping", id: 3, client_us: 77 },
  clock: {
    type: "clock",
    t0_client_us: 77,
    t1_server_us: 9000,
    t2_server_us: 9010,
    t3_client_us: 300,
  },
  drawn: { type: "drawn", steps: [40, 41], at_us: [5_000_000, 5_016_700] },
};

describe("what a client sends is written", () => {
  test.each(Object.entries(written))("%s", (name, message) => {
    const vector = messages.find((candidate) => candidate.from === "client" && candidate.name === name);
    expect(vector?.close).toBeNull();
    expect(JSON.parse(encodeClientMessage(message))).toEqual(JSON.parse(vector?.text ?? "null"));
  });
});

function decodeMessage(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, "base64")).buffer;
}

describe("pictures come out bit for bit", () => {
  test.each(pictures)("$rule: $name", ({ format, message, header: expected, base, sha256 }) => {
    const parsed = parsePictureHeader(decodeMessage(message));
    if (parsed === null) throw new Error("this is a picture");
    const { header, payload } = parsed;
    expect(header).toEqual({
      isKey: (expected.flags & 1) !== 0,
      terminated: (expected.flags & 4) !== 0,
      truncated: (expected.flags & 8) !== 0,
      invalid: (expected.flags & 16) !== 0,
      baseDistance: expected.base_distance,
      step: expected.step,
      inputSeq: expected.input_seq,
      serverUs: expected.server_us,
      status:
        expected.score === null
          ? null
          : { score: expected.score, lives: expected.lives === -1 ? null : expected.lives },
    });
    const buffer = new PictureBuffer({ ...format, palette: null });
    if (base !== null) {
      buffer.bytes.set(inflateSync(Buffer.from(base, "base64")));
      buffer.step = expected.step - expected.base_distance;
    }
    buffer.apply(header, payload);
    expect(createHash("sha256").update(buffer.bytes).digest("hex")).toBe(sha256);
  });
});

describe("sound comes out to the last sample", () => {
  test.each(sounds)("$rule: $name", ({ message, header: expected, sha256 }) => {
    const sound = parseSound(decodeMessage(message));
    expect(sound?.step).toBe(expected.step);
    expect(sound?.samples).toHaveLength(expected.n_samples);
    expect(
      createHash("sha256")
        .update(sound?.samples ?? "")
        .digest("hex"),
    ).toBe(sha256);
  });

  test.each(pictures)("LIVE-10: a picture is not taken for sound: $name", ({ message }) => {
    expect(isSoundMessage(decodeMessage(message))).toBe(false);
  });
});
