import { expect, test } from "vitest";
import { isEmptyPlan, planTouch } from "./touch-plan";

function control(does: string, ...keys: string[]) {
  return { does, keys, say: does.toLowerCase() };
}

function plan(...controls: ReturnType<typeof control>[]) {
  const { pad, buttons } = planTouch({ controls, sequences: [], pointer: [] });
  const onPad = Object.entries(pad).map(([direction, { code }]) => `${direction} ${code}`);
  return { pad: onPad, buttons: buttons.map(({ code }) => code) };
}

test("directions make a pad, everything else is a button, and each sends the first of its keys", () => {
  const { pad, buttons } = plan(
    control("LEFT", "ArrowLeft", "KeyA"),
    control("RIGHT", "ArrowRight", "KeyD"),
    control("FIRE", "Space"),
  );
  expect(pad).toEqual(["left ArrowLeft", "right ArrowRight"]);
  expect(buttons).toEqual(["Space"]);
});

test("with a player's own keys the meaning says the direction, and their keys are sent", () => {
  expect(plan(control("LEFT", "KeyJ"), control("UP", "KeyI")).pad).toEqual(["left KeyJ", "up KeyI"]);
});

test("what a game calls right is up on the pad if its arrow says so", () => {
  expect(plan(control("RIGHT", "ArrowUp"), control("LEFT", "ArrowDown")).pad).toEqual([
    "up ArrowUp",
    "down ArrowDown",
  ]);
});

test("of LEFT and ROTATE_LEFT the plain one is the pad's, whichever comes first", () => {
  const { pad, buttons } = plan(control("ROTATE_LEFT", "KeyZ"), control("LEFT", "ArrowLeft"));
  expect(pad).toEqual(["left ArrowLeft"]);
  expect(buttons).toEqual(["KeyZ"]);
});

test("a rotation on the arrow up is no direction, and neither is what has two", () => {
  const { pad, buttons } = plan(control("ROTATE", "ArrowUp"), control("FIRE_UP_LEFT", "KeyQ"));
  expect(pad).toEqual([]);
  expect(buttons).toEqual(["ArrowUp", "KeyQ"]);
});

test("of two words the arrow, or a word of movement, makes a direction; a rotation on another arrow does not", () => {
  const { pad, buttons } = plan(
    control("FIRE_LEFT", "ArrowLeft"),
    control("ROTATE_RIGHT", "ArrowUp"),
    control("MOVE_DOWN", "KeyX"),
  );
  expect(pad).toEqual(["left ArrowLeft", "down KeyX"]);
  expect(buttons).toEqual(["ArrowUp"]);
});

test("what the arrows to the sides do stands at the sides, whatever it is called", () => {
  const { pad, buttons } = plan(
    control("COUNTERCLOCKWISE", "ArrowLeft", "KeyA"),
    control("CLOCKWISE", "ArrowRight"),
    control("GAS", "ArrowUp"),
  );
  expect(pad).toEqual(["left ArrowLeft", "right ArrowRight"]);
  expect(buttons).toEqual(["ArrowUp"]);
});

test("points of the compass are directions", () => {
  expect(plan(control("NORTH", "KeyN"), control("MOVE_WEST", "KeyW")).pad).toEqual(["up KeyN", "left KeyW"]);
});

test("what a tap on the picture does needs no button; keys of moves of several do where there is no picture to tap", () => {
  const sequences = [
    { does: "MOVE_0_1", keys: ["Digit1", "Digit2"], say: "" },
    { does: "MOVE_1_0", keys: ["Digit2", "Digit1"], say: "" },
  ];
  const pointer = ["Digit1", "Digit2"].map((key) => ({
    region: [0, 0, 1, 1] as [number, number, number, number],
    key,
  }));
  expect(isEmptyPlan(planTouch({ controls: [], sequences, pointer }))).toBe(true);
  expect(planTouch({ controls: [], sequences, pointer: [] }).buttons).toEqual([
    { code: "Digit1", say: "1" },
    { code: "Digit2", say: "2" },
  ]);
});
