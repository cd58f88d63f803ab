import { expect, test } from "vitest";
import { SoundBuffer } from "./sound-buffer";

const stepSamples = 512;
const rateHz = 60 * stepSamples;
/** What a browser takes at a time. */
const quantum = 128;

function makeBuffer(outputHz = rateHz): SoundBuffer {
  return new SoundBuffer({ rateHz, samplesPerStep: stepSamples, outputHz });
}

/** A step of a square wave, as Atari games make them; `period` samples from one rise to the next. */
function squareStep(step: number, period = 64): Uint8Array {
  return Uint8Array.from({ length: stepSamples }, (_, index) =>
    (step * stepSamples + index) % period < period / 2 ? 192 : 64,
  );
}

function pull(buffer: SoundBuffer, quanta: number): number[] {
  const heard: number[] = [];
  const output = new Float32Array(quantum);
  for (let turn = 0; turn < quanta; turn += 1) {
    buffer.pull(output);
    heard.push(...output);
  }
  return heard;
}

function pushSteps(buffer: SoundBuffer, count: number, first = 0): void {
  for (let step = first; step < first + count; step += 1) buffer.push(squareStep(step));
}

/** Steps come at `stepHz`, samples are taken at `outputHz`, for so long. */
function playTogether(buffer: SoundBuffer, outputHz: number, stepHz: number, seconds: number): number[] {
  const heard: number[] = [];
  let step = 0;
  for (let taken = 0; taken < seconds * outputHz; taken += quantum) {
    while (step < (taken / outputHz) * stepHz) {
      buffer.push(squareStep(step));
      step += 1;
    }
    heard.push(...pull(buffer, 1));
  }
  return heard;
}

function countRises(heard: readonly number[]): number {
  return heard.filter((value, index) => value > 0 && (heard[index - 1] ?? 0) <= 0).length;
}

function biggestFall(heard: readonly number[]): number {
  return Math.max(
    ...heard.slice(1).map((value, index) => Math.abs(heard[index] as number) - Math.abs(value)),
  );
}

test("nothing is heard until four steps wait", () => {
  const buffer = makeBuffer();
  pushSteps(buffer, 3);
  expect(pull(buffer, 4).every((value) => value === 0)).toBe(true);
  expect(buffer.counts).toMatchObject({ steps: 3, loudSamples: 0, gaps: 0 });
  expect(buffer.counts.waitingMs).toBeCloseTo(50);
  pushSteps(buffer, 1, 3);
  expect(pull(buffer, 4).every((value) => value !== 0)).toBe(true);
});

test("at the game's own rate samples are played as they are, and in order", () => {
  const buffer = makeBuffer();
  const heard = playTogether(buffer, rateHz, 60, 2);
  const start = heard.findIndex((value) => value !== 0);
  const expected = Array.from({ length: 100 }, (_, step) => [...squareStep(step)]).flat();
  // The first five milliseconds are faded in.
  const faded = Math.ceil(0.005 * rateHz);
  for (let index = faded; index < 90 * stepSamples; index += 1) {
    expect(heard[start + index]).toBe(((expected[index] as number) - 128) / 128);
  }
  expect(buffer.counts).toMatchObject({ gaps: 0, droppedSamples: 0 });
});

test("sound begins and ends without a click, also when the line stops in the middle of a wave", () => {
  const buffer = makeBuffer();
  const high = new Uint8Array(stepSamples).fill(255);
  for (let step = 0; step < 4; step += 1) buffer.push(high);
  const heard = pull(buffer, 40);
  expect(Math.max(...heard)).toBeCloseTo(127 / 128);
  expect(heard.at(-1)).toBe(0);
  const biggestJump = Math.max(...heard.slice(1).map((value, at) => Math.abs(value - (heard[at] as number))));
  expect(biggestJump).toBeLessThan(0.01);
  expect(buffer.counts.gaps).toBe(1);
});

test("after a gap it waits for four steps again", () => {
  const buffer = makeBuffer();
  pushSteps(buffer, 4);
  pull(buffer, 40);
  pushSteps(buffer, 3, 4);
  expect(pull(buffer, 4).every((value) => value === 0)).toBe(true);
  pushSteps(buffer, 1, 7);
  expect(pull(buffer, 4).some((value) => value !== 0)).toBe(true);
  expect(buffer.counts.gaps).toBe(1);
});

test("what would be noticeably late is left out", () => {
  const buffer = makeBuffer();
  pushSteps(buffer, 30);
  expect(buffer.counts.waitingMs).toBeLessThan(120);
  expect(buffer.counts.droppedSamples).toBeGreaterThan(20 * stepSamples);
  const heard = pull(buffer, 4);
  expect(heard.some((value) => value !== 0)).toBe(true);
});

test.each([
  ["slower", 0.998],
  ["quicker", 1.002],
])("a loudspeaker whose clock is %s by a five hundredth is kept up with", (_name, ratio) => {
  const buffer = makeBuffer();
  const heard = playTogether(buffer, rateHz, 60 / ratio, 60);
  expect(buffer.counts).toMatchObject({ gaps: 0, droppedSamples: 0 });
  expect(heard.length).toBeGreaterThan(50 * rateHz);
});

test("at another rate of the loudspeaker a tone keeps its pitch", () => {
  const outputHz = 48_000;
  const buffer = makeBuffer(outputHz);
  const heard = playTogether(buffer, outputHz, 60, 2).slice(-outputHz);
  expect(countRises(heard)).toBeGreaterThanOrEqual(rateHz / 64 - 3);
  expect(countRises(heard)).toBeLessThanOrEqual(rateHz / 64 + 3);
  expect(biggestFall(heard)).toBeLessThanOrEqual(0.5);
  expect(buffer.counts).toMatchObject({ gaps: 0, droppedSamples: 0 });
});

test("silence is no loud sample", () => {
  const buffer = makeBuffer();
  for (let step = 0; step < 5; step += 1) buffer.push(new Uint8Array(stepSamples).fill(128));
  pull(buffer, 16);
  expect(buffer.counts).toMatchObject({ steps: 5, loudSamples: 0 });
});

test("a game of few, long steps has room for two of them", () => {
  const buffer = new SoundBuffer({ rateHz, samplesPerStep: 4 * stepSamples, outputHz: rateHz });
  const long = new Uint8Array(4 * stepSamples).fill(200);
  buffer.push(long);
  expect(pull(buffer, 1).every((value) => value === 0)).toBe(true);
  buffer.push(long);
  expect(buffer.counts.droppedSamples).toBe(0);
  expect(pull(buffer, 1).some((value) => value !== 0)).toBe(true);
});
