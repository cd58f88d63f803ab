import { expect, test } from "vitest";
import { DrawnLog } from "./drawn-log";

test("LIVE-33: an input names the picture that had been drawn last at its moment, not at its handling", () => {
  const log = new DrawnLog();
  log.add(4, 1000);
  log.add(5, 2000);
  expect(log.findStepAt(1999)).toBe(4);
  expect(log.findStepAt(2000)).toBe(5);
});

test("LIVE-33: an input that waited for seconds while pictures were drawn names the one before it", () => {
  const log = new DrawnLog();
  for (let step = 1; step <= 60 * 20; step += 1) log.add(step, step * 16_667);
  expect(log.findStepAt(100 * 16_667)).toBe(100);
});

test("LIVE-33: a picture that was drawn after an input is never named, also where none is known to be before it", () => {
  const log = new DrawnLog();
  expect(log.findStepAt(500)).toBe(0);
  log.add(4, 1000);
  expect(log.findStepAt(500)).toBe(0);
  log.add(5, 2000);
  log.add(6, 30_001_999);
  expect(log.findStepAt(1999)).toBe(4);
  log.add(7, 30_002_000);
  expect(log.findStepAt(1999)).toBe(0);
  expect(log.findStepAt(2000)).toBe(5);
});

test("the picture that is still on the screen is known, however long ago it was drawn", () => {
  const log = new DrawnLog();
  log.add(4, 1000);
  log.add(5, 2000);
  expect(log.findStepAt(3_600_000_000)).toBe(5);
  log.add(6, 3_600_000_001);
  expect(log.findStepAt(3_600_000_000)).toBe(5);
});
