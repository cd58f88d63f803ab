import { expect, test } from "vitest";
import { ManualTime } from "../manual-time";
import { KeyLights } from "./key-lights";

function setUp() {
  const time = new ManualTime();
  const lights = new KeyLights(time);
  let changes = 0;
  lights.subscribe(() => {
    changes += 1;
  });
  return { time, lights, countChanges: () => changes };
}

test("the keys that are down are lit, all of them, and for a moment those that were", async () => {
  const { time, lights, countChanges } = setUp();
  lights.hold(["ArrowLeft", "Space"]);
  expect(["ArrowLeft", "Space", "ArrowRight"].map((code) => lights.isLit(code))).toEqual([true, true, false]);
  lights.hold(["Space"]);
  expect(lights.isLit("ArrowLeft")).toBe(true);
  await time.pass(100);
  expect([lights.isLit("ArrowLeft"), lights.isLit("Space")]).toEqual([false, true]);
  expect(countChanges()).toBe(2);
});

test("a released key goes dark together with the next one's lighting up", async () => {
  const { time, lights, countChanges } = setUp();
  lights.hold(["ArrowLeft"]);
  lights.hold([]);
  await time.pass(50);
  lights.hold(["ArrowRight"]);
  expect([lights.isLit("ArrowLeft"), lights.isLit("ArrowRight")]).toEqual([false, true]);
  await time.pass(500);
  expect(countChanges()).toBe(2);
});

test("the keys of a move of several stay lit until the move is made", () => {
  const { lights } = setUp();
  lights.hold(["Digit1"]);
  lights.pend(["Digit1"]);
  lights.hold([]);
  expect(lights.isLit("Digit1")).toBe(true);
  lights.pend([]);
  expect(lights.isLit("Digit1")).toBe(false);
});

test("the key that a click stood for is lit for a moment; the next click begins a moment of its own", async () => {
  const { time, lights } = setUp();
  lights.flash("Digit1");
  await time.pass(150);
  lights.flash("Digit2");
  expect([lights.isLit("Digit1"), lights.isLit("Digit2")]).toEqual([false, true]);
  await time.pass(150);
  expect(lights.isLit("Digit2")).toBe(true);
  await time.pass(100);
  expect(lights.isLit("Digit2")).toBe(false);
});

test("inputs that change no key tell nobody", () => {
  const { lights, countChanges } = setUp();
  lights.hold(["Space"]);
  for (let input = 0; input < 60; input += 1) lights.hold(["Space"]);
  expect(countChanges()).toBe(1);
});
