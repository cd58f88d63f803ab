import { expect, test } from "vitest";
import { DrawnLog } from "./drawn-log";

test("LIVE-33: an input names the picture that had been drawn last at its moment, not at its handling", () => {
  const log = new DrawnLog();
  log.add(4, 1000);
  log.add(5, 2000);
  expect(log.findStepAt(1999)).toBe(4);
  expect(log.findStepAt(2000)).toBe(5);
  expect(log.findStepAt(500)).toBe(4);
  expect(new DrawnLog().findStepAt(1)).toBe(0);
});
