import { beforeEach, expect, test, vi } from "vitest";
import { ManualTime } from "../manual-time";
import { Mouse, type MousePlace } from "./mouse";

const frames: FrameRequestCallback[] = [];

beforeEach(() => {
  frames.length = 0;
  vi.stubGlobal("requestAnimationFrame", (run: FrameRequestCallback) => frames.push(run));
  vi.stubGlobal("cancelAnimationFrame", () => frames.splice(0));
  return () => vi.unstubAllGlobals();
});

function showFrame(): void {
  for (const run of frames.splice(0)) run(0);
}

function setUp() {
  const time = new ManualTime();
  const told: MousePlace[] = [];
  const mouse = new Mouse(time, (place) => told.push(place));
  const move = (x: number) => mouse.moved({ x, y: 0.5, clientUs: time.nowUs() });
  return { time, told, mouse, move };
}

test("LIVE-31: of the movements within one displayed frame the newest is told, with its own time", async () => {
  const { time, told, move } = setUp();
  move(0.1);
  await time.pass(3);
  move(0.2);
  const movedUs = time.nowUs();
  await time.pass(5);
  expect(told).toEqual([]);
  showFrame();
  expect(told).toEqual([{ x: 0.2, y: 0.5, clientUs: movedUs }]);
  showFrame();
  expect(told).toHaveLength(1);
});

test("LIVE-13: on a display of 240 frames a second not every frame tells one, and the last place is not lost", async () => {
  const { time, told, move } = setUp();
  for (let frame = 1; frame <= 240; frame += 1) {
    move(frame / 240);
    showFrame();
    await time.pass(1000 / 240);
  }
  await time.pass(12);
  showFrame();
  expect(told.length).toBeGreaterThan(60);
  expect(told.length).toBeLessThan(90);
  expect(told.at(-1)?.x).toBe(1);
  expect(frames).toHaveLength(0);
});

test("a mouse that is stopped tells nothing more", () => {
  const { told, mouse, move } = setUp();
  move(0.1);
  mouse.stop();
  showFrame();
  expect(told).toEqual([]);
});
