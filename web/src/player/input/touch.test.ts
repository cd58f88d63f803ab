import { expect, test } from "vitest";
import type { InputEvent } from "@/protocol/client-messages";
import { KeyState } from "./key-state";
import { Touch } from "./touch";

function setUp() {
  const keys = new KeyState();
  const told: { event: InputEvent; clientUs: number; held: readonly string[] }[] = [];
  const touch = new Touch(keys, (event, clientUs) => told.push({ event, clientUs, held: keys.held }));
  const tellKinds = () =>
    told.map(({ event, held }) => `${event.kind} ${"code" in event ? event.code : ""}: ${held.join(" ")}`);
  return { keys, touch, told, tellKinds };
}

test("LIVE-31, LIVE-33: a finger on a key is a key press, with the key's name and the event's own time", () => {
  const { touch, told } = setUp();
  touch.lay(1, ["KeyA"], 12.5);
  touch.lay(1, [], 40);
  expect(told).toEqual([
    { event: { kind: "down", code: "KeyA", key: "a" }, clientUs: 12_500, held: ["KeyA"] },
    { event: { kind: "up", code: "KeyA", key: "a" }, clientUs: 40_000, held: [] },
  ]);
});

test("LIVE-32: several fingers and the keyboard hold keys together", () => {
  const { keys, touch, tellKinds } = setUp();
  keys.press("KeyX");
  touch.lay(1, ["ArrowLeft"], 1);
  touch.lay(2, ["Space"], 2);
  touch.lay(1, [], 3);
  expect(tellKinds()).toEqual([
    "down ArrowLeft: KeyX ArrowLeft",
    "down Space: KeyX ArrowLeft Space",
    "up ArrowLeft: KeyX Space",
  ]);
});

test("a finger that slides to another key presses it before it lets go, so that no tick falls between", () => {
  const { touch, tellKinds } = setUp();
  touch.lay(1, ["ArrowLeft"], 1);
  touch.lay(1, ["ArrowLeft"], 2);
  touch.lay(1, ["ArrowUp", "ArrowLeft"], 3);
  touch.lay(1, ["ArrowRight"], 4);
  expect(tellKinds()).toEqual([
    "down ArrowLeft: ArrowLeft",
    "down ArrowUp: ArrowLeft ArrowUp",
    "down ArrowRight: ArrowLeft ArrowUp ArrowRight",
    "up ArrowUp: ArrowLeft ArrowRight",
    "up ArrowLeft: ArrowRight",
  ]);
});

test("LIVE-31: a key that two hold goes up when the second lets go", () => {
  const { keys, touch, tellKinds } = setUp();
  touch.lay(1, ["Space"], 1);
  touch.lay(2, ["Space"], 2);
  keys.press("Space");
  touch.lay(1, [], 3);
  touch.lay(2, [], 4);
  expect(tellKinds()).toEqual(["down Space: Space"]);
  expect(keys.release("Space")).toBe(true);
});

test("a finger that stayed down while all keys were let go lifts without a word", () => {
  const { keys, touch, tellKinds } = setUp();
  touch.lay(1, ["Space"], 1);
  keys.releaseAll();
  touch.lay(1, [], 2);
  expect(tellKinds()).toEqual(["down Space: Space"]);
});
