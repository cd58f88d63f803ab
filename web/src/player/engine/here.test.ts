import { beforeEach, expect, test } from "vitest";
import { FakeDriver } from "../drivers/fake";
import { ManualTime } from "../manual-time";
import type { ScreenCanvas } from "../screen/screen";
import type { EngineListener } from "./engine";
import { EngineHere } from "./here";

let time: ManualTime;
let driver: FakeDriver;
let heard: string[];
let painted: number[];
let canvas: ScreenCanvas;

/** A canvas as far as it is used here: it notes the rows that are put, or 0 for all of them. */
function fakeCanvas(): ScreenCanvas {
  const context = {
    createImageData: (width: number, height: number) => ({ data: new Uint8ClampedArray(width * height * 4) }),
    putImageData: (...args: number[]) => painted.push(args[6] ?? 0),
  };
  const fake = Object.assign(new EventTarget(), { width: 0, height: 0, getContext: () => context });
  canvas = fake as unknown as ScreenCanvas;
  return canvas;
}

const listener: EngineListener = {
  connection: ({ kind }) => heard.push(kind),
  welcome: () => heard.push("welcome"),
  state: ({ state }) => heard.push(state),
  progress: ({ step, score }) => heard.push(`step ${step} score ${score}`),
  pending: (codes) => heard.push(`pending ${codes.join(" ")}`),
  notice: ({ code }) => heard.push(code),
  ended: ({ status }) => heard.push(status),
  quality: ({ picturesPerS }) => heard.push(`${picturesPerS} pictures`),
  drawnHash: ({ step }) => heard.push(`hash of ${step}`),
};

async function setUp(tickHz: number | null = null): Promise<EngineHere> {
  driver = new FakeDriver(time, {
    format: { width: 4, height: 4, pixels: "rgb24", palette: null },
    tickHz,
    lives: null,
    draw: (step) => Math.floor(step / 10),
  });
  const engine = new EngineHere({ driver, time, canvas: fakeCanvas(), isRecorded: false }, listener);
  engine.open();
  await time.pass(1);
  return engine;
}

beforeEach(() => {
  time = new ManualTime();
  heard = [];
  painted = [];
});

test("LIVE-52: of pictures that came together the newest alone is drawn and told as drawn", async () => {
  const engine = await setUp();
  driver.advance();
  driver.advance();
  expect(driver.drawnSteps).toEqual([0]);
  await time.pass(0);
  expect(driver.drawnSteps).toEqual([0, 2]);
  expect(painted).toEqual([4, 4]);
  engine.close();
});

test("a canvas that was lost is painted again, all of it", async () => {
  const engine = await setUp();
  driver.advance();
  await time.pass(0);
  painted = [];
  canvas.dispatchEvent(new Event("contextrestored"));
  expect(painted).toEqual([0]);
  engine.close();
});

test("LIVE-33: an input names the picture that had been drawn last at its moment, not at its handling", async () => {
  const engine = await setUp();
  const beforeUs = time.nowUs();
  await time.pass(5);
  driver.advance();
  await time.pass(5);
  engine.input({ kind: "sync", client_us: beforeUs, held: [] });
  engine.input({ kind: "sync", client_us: time.nowUs(), held: [] });
  expect(driver.inputs.map(({ shown_step }) => shown_step)).toEqual([0, 1]);
  engine.close();
});

test("a hidden page's pictures wait, and the newest is drawn when it is looked at again", async () => {
  const engine = await setUp();
  engine.show(false);
  driver.advance();
  driver.advance();
  await time.pass(1000);
  expect(driver.drawnSteps).toEqual([0]);
  engine.show(true);
  await time.pass(0);
  expect(driver.drawnSteps).toEqual([0, 2]);
  engine.close();
});

test("scores are told at once, steps alone a few times a second, and before anything that follows them", async () => {
  const engine = await setUp(50);
  engine.command({ type: "start" });
  heard.length = 0;
  await time.pass(200);
  expect(heard).toEqual(["step 10 score 1"]);
  await time.pass(60);
  engine.command({ type: "pause", reason: "player" });
  expect(heard).toEqual(["step 10 score 1", "step 13 score 1", "paused"]);
  engine.close();
});

test("LIVE-42: samples go where the page says, and nowhere once it says so", async () => {
  const engine = await setUp();
  const { port1, port2 } = new MessageChannel();
  const came: unknown[] = [];
  const first = new Promise<void>((resolve) => {
    port1.onmessage = ({ data }) => {
      came.push(data);
      resolve();
    };
  });
  const samples = () => new Uint8Array([1, 2, 3]);
  engine.sound({ step: 1, samples: samples() });
  engine.playOn(port2);
  engine.sound({ step: 2, samples: samples() });
  await first;
  engine.playOn(null);
  engine.sound({ step: 3, samples: samples() });
  expect(came).toEqual([samples()]);
  port1.close();
  engine.close();
});
