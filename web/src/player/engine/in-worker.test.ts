import { beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "../drivers/driver";
import type { EngineListener } from "./engine";
import { EngineInWorker } from "./in-worker";

/** A worker as the page sees it, the test being what runs in it. */
class FakeWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly received: unknown[] = [];
  isTerminated = false;

  constructor() {
    workers.push(this);
  }

  postMessage(message: unknown): void {
    this.received.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  call(name: string, ...args: unknown[]): void {
    this.onmessage?.(new MessageEvent("message", { data: [name, args] }));
  }

  fail(): void {
    this.onerror?.(new Event("error"));
  }
}

let workers: FakeWorker[];
let heard: (Connection["kind"] | [Connection["kind"], string])[];

beforeEach(() => {
  workers = [];
  heard = [];
  vi.stubGlobal("Worker", FakeWorker);
  return () => vi.unstubAllGlobals();
});

function setUp(): EngineInWorker {
  // It gives itself away once, as a real one does.
  let isGiven = false;
  const canvas = {
    transferControlToOffscreen: () => {
      if (isGiven) throw new Error("the canvas was given away before");
      isGiven = true;
      return {};
    },
  } as HTMLCanvasElement;
  const listener = {
    connection: (told: Connection) =>
      heard.push(told.kind === "refused" ? [told.kind, told.refusal.code] : told.kind),
  } as unknown as EngineListener;
  const office = { requestTicket: () => new Promise<never>(() => {}), fetchEnd: async () => null };
  const engine = new EngineInWorker({ canvas, office, resume: null, isRecorded: false }, listener);
  engine.open();
  return engine;
}

test("a worker that never came is ended, and another is asked for with the same canvas", () => {
  const engine = setUp();
  workers[0]?.fail();
  expect(heard).toEqual(["connecting", ["refused", "unreachable"]]);
  expect(workers[0]?.isTerminated).toBe(true);
  engine.open();
  workers[0]?.call("ready");
  expect(workers[0]?.received).toEqual([]);
  workers[1]?.call("ready");
  expect(workers[1]?.received).toHaveLength(3);
  engine.close();
});

test("a worker that fails with the canvas is ended, and the page is told that it needs to be loaded anew", () => {
  const engine = setUp();
  workers[0]?.call("ready");
  workers[0]?.fail();
  expect(heard).toEqual(["connecting", ["refused", "page_failed"]]);
  expect(workers[0]?.isTerminated).toBe(true);
  workers[0]?.call("tell", ["connection", [{ kind: "connected" }]]);
  workers[0]?.fail();
  engine.open();
  expect(heard).toHaveLength(2);
  expect(workers).toHaveLength(1);
});

test("after it was closed a worker that fails is ended, and nobody hears of it", () => {
  const engine = setUp();
  workers[0]?.call("ready");
  engine.close();
  expect(workers[0]?.received.at(-1)).toEqual(["close", []]);
  expect(workers[0]?.isTerminated).toBe(false);
  workers[0]?.fail();
  expect(heard).toEqual(["connecting"]);
  expect(workers[0]?.isTerminated).toBe(true);
});
