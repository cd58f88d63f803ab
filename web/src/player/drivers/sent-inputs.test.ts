import { expect, test } from "vitest";
import type { InputMessage } from "@/protocol/client-messages";
import { SentInputs } from "./sent-inputs";

function press(seq: number, held: readonly string[] = []): InputMessage {
  return { type: "input", seq, client_us: seq, shown_step: 0, held, kind: "down", code: "KeyA", key: "a" };
}

function filled(count: number): SentInputs {
  const inputs = new SentInputs();
  for (let seq = 1; seq <= count; seq += 1) inputs.add(press(seq), true);
  return inputs;
}

function listSteps(inputs: SentInputs, after = 0): (readonly [number, number | null])[] {
  return inputs
    .batchAfter(after)
    .flatMap((batch) => batch.map(({ seq, applied_step }) => [seq, applied_step]));
}

test("LIVE-36: an input acted in the step before the first picture that shows it", () => {
  const inputs = filled(3);
  inputs.learn(10, 1);
  inputs.learn(12, 2);
  inputs.learn(13, 2);
  expect(listSteps(inputs)).toEqual([
    [1, 9],
    [2, 11],
    [3, null],
  ]);
});

test("LIVE-36: only what the server has not seen is sent again", () => {
  expect(listSteps(filled(3), 2)).toEqual([[3, null]]);
  expect(filled(3).batchAfter(3)).toEqual([]);
});

test("LIVE-36: inputs of steps in the object store are forgotten, later ones are kept", () => {
  const inputs = filled(3);
  inputs.learn(10, 1);
  inputs.learn(12, 2);
  inputs.forgetBefore(10);
  expect(listSteps(inputs)).toEqual([
    [2, 11],
    [3, null],
  ]);
  inputs.learn(20, 3);
  inputs.forgetBefore(20);
  expect(listSteps(inputs)).toEqual([]);
});

test("LIVE-36: a resend has at most 60 inputs", () => {
  expect(
    filled(130)
      .batchAfter(0)
      .map(({ length }) => length),
  ).toEqual([60, 60, 10]);
});

test("LIVE-36: inputs that followed a start may act once the game is known to run, those before it may not", () => {
  const inputs = new SentInputs();
  for (const seq of [1, 2, 3]) inputs.add(press(seq), false);
  inputs.mayActFrom(2);
  inputs.learn(1, 3);
  expect(listSteps(inputs)).toEqual([
    [1, null],
    [2, 0],
    [3, 0],
  ]);
});

test("LIVE-12: a resend of long inputs stays below 16,384 bytes", () => {
  const inputs = new SentInputs();
  const held = Array.from({ length: 16 }, (_, index) => `${index}`.padEnd(32, "x"));
  for (let seq = 1; seq <= 60; seq += 1) inputs.add(press(seq, held), true);
  const batches = inputs.batchAfter(0);
  expect(batches.length).toBeGreaterThan(1);
  for (const batch of batches) {
    expect(JSON.stringify({ type: "resend", inputs: batch, last_step: 1e9 }).length).toBeLessThanOrEqual(
      16_384,
    );
  }
});

test("LIVE-36: an input made while the game did not run has no step, whatever pictures came after it", () => {
  const inputs = new SentInputs();
  inputs.add(press(1), false);
  inputs.add(press(2), true);
  inputs.learn(5, 2);
  expect(
    inputs
      .batchAfter(0)
      .flat()
      .map((input) => input.applied_step),
  ).toEqual([null, 4]);
  inputs.forgetBefore(4);
  expect(
    inputs
      .batchAfter(0)
      .flat()
      .map((input) => input.seq),
  ).toEqual([2]);
});
