import { expect, test } from "vitest";
import type { InputMessage, ResentInput } from "@/protocol/client-messages";
import { SentInputs } from "./sent-inputs";

function press(seq: number, held: readonly string[] = []): InputMessage {
  return { type: "input", seq, client_us: seq, shown_step: 0, held, kind: "down", code: "KeyA", key: "a" };
}

function filled(count: number): SentInputs {
  const inputs = new SentInputs();
  for (let seq = 1; seq <= count; seq += 1) inputs.add(press(seq), true);
  return inputs;
}

/** All batches after an input, one after the other. */
function listBatches(inputs: SentInputs, after = 0): ResentInput[][] {
  const batch = inputs.batchAfter(after);
  const last = batch.at(-1);
  return last === undefined ? [] : [batch, ...listBatches(inputs, last.seq)];
}

function listSteps(inputs: SentInputs, after = 0): (readonly [number, number | null])[] {
  return listBatches(inputs, after)
    .flat()
    .map(({ seq, applied_step }) => [seq, applied_step]);
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
  expect(listBatches(filled(130)).map(({ length }) => length)).toEqual([60, 60, 10]);
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
  const batches = listBatches(inputs);
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
  expect(listSteps(inputs)).toEqual([
    [1, null],
    [2, 4],
  ]);
});

test("LIVE-36: one that made no step is kept until the step it came before is in the store", () => {
  const inputs = new SentInputs();
  inputs.add(press(1), false);
  inputs.learn(500, 1);
  inputs.forgetBefore(499);
  expect(listSteps(inputs)).toEqual([[1, null]]);
  inputs.forgetBefore(500);
  expect(listSteps(inputs)).toEqual([]);
});

test("LIVE-36: what was not acted on when the game stopped has no step, also when a later picture shows it", () => {
  const inputs = filled(2);
  inputs.learn(10, 1);
  inputs.standStill();
  inputs.learn(11, 2);
  expect(listSteps(inputs)).toEqual([
    [1, 9],
    [2, null],
  ]);
});

test("LIVE-36: a server that has everything up to some input is offered what follows it", () => {
  const inputs = filled(5);
  inputs.learn(10, 4);
  expect(inputs.offerAfter(2, 6, 8)).toEqual({ knownUntil: null, nextSeq: 6 });
  expect(listSteps(inputs, 2)).toEqual([
    [3, 9],
    [4, 9],
    [5, null],
  ]);
});

test("LIVE-36: what was offered without a step never gets one: the server has recorded that it made none", () => {
  const inputs = filled(2);
  inputs.learn(10, 1);
  inputs.offerAfter(1, 3, 10);
  inputs.learn(11, 2);
  expect(listSteps(inputs)).toEqual([
    [1, 9],
    [2, null],
  ]);
});

test("LIVE-36: a page that was loaded after the inputs that are missing offers its own anew, without steps", () => {
  const inputs = new SentInputs();
  for (const seq of [51, 52]) inputs.add(press(seq), true);
  inputs.learn(1200, 52);
  expect(inputs.offerAfter(45, 53, 900)).toEqual({ knownUntil: 900, nextSeq: 48 });
  expect(listSteps(inputs, 45)).toEqual([
    [46, null],
    [47, null],
  ]);
});

test("LIVE-36: a page that has none to offer says so: it knows no step after the server's", () => {
  expect(new SentInputs().offerAfter(45, 51, 900)).toEqual({ knownUntil: 900, nextSeq: 46 });
  expect(new SentInputs().offerAfter(50, 51, 900)).toEqual({ knownUntil: null, nextSeq: 51 });
});

test("LIVE-36: an input whose step was lost and went otherwise has none", () => {
  const inputs = filled(3);
  inputs.learn(90, 1);
  inputs.learn(95, 2);
  inputs.learn(100, 3);
  inputs.learn(80, 0);
  inputs.learn(92, 3);
  expect(listSteps(inputs)).toEqual([
    [1, 89],
    [2, null],
    [3, null],
  ]);
  inputs.forgetBefore(92);
  expect(listSteps(inputs)).toEqual([]);
});

test("LIVE-36: ten minutes of busy keys and a mouse are kept while the store is away", () => {
  const inputs = filled(48_000);
  expect(inputs.nDropped).toBe(0);
  expect(listSteps(inputs)).toHaveLength(48_000);
});

test("LIVE-36: beyond what can be kept the middle goes, is counted, and what follows it says no step", () => {
  const inputs = new SentInputs();
  for (let seq = 1; seq <= 50_010; seq += 1) {
    inputs.add(press(seq), true);
    inputs.learn(seq, seq);
  }
  expect(inputs.nDropped).toBe(10);
  expect(inputs.nKept).toBe(50_000);
  // The same server has all but the newest: nothing is missing for it.
  expect(inputs.offerAfter(50_008, 50_011, 50_010)).toEqual({ knownUntil: null, nextSeq: 50_011 });
  // Another one goes on from the oldest, as far as all of them are there.
  expect(inputs.offerAfter(0, 50_011, 0)).toEqual({ knownUntil: 44_999, nextSeq: 50_001 });
  const steps = listSteps(inputs);
  expect(steps.slice(44_998, 45_002)).toEqual([
    [44_999, 44_998],
    [45_000, 44_999],
    [45_001, null],
    [45_002, null],
  ]);
});

test("LIVE-36: nothing that is known of a game which went on elsewhere is offered", () => {
  const inputs = filled(3);
  inputs.forgetAll();
  expect(inputs.offerAfter(7, 8, 50)).toEqual({ knownUntil: null, nextSeq: 8 });
  expect(listSteps(inputs)).toEqual([]);
});
