import { expect, test } from "vitest";
import { type Direction, findDirections } from "./pad";

function place(degrees: number, distance = 0.8): [x: number, y: number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians) * distance, Math.sin(radians) * distance];
}

function having(...there: Direction[]): (direction: Direction) => boolean {
  return (direction) => there.includes(direction);
}

const all = having("up", "left", "right", "down");

test.each<[degrees: number, meant: Direction[]]>([
  [0, ["right"]],
  [25, ["right"]],
  [44, ["right", "down"]],
  [46, ["down", "right"]],
  [90, ["down"]],
  [180, ["left"]],
  [225, ["up", "left"]],
  [270, ["up"]],
  [315, ["up", "right"]],
])("a finger at %i° on a pad of four means %j", (degrees, meant) => {
  expect(findDirections(...place(degrees), all, true).toSorted()).toEqual(meant.toSorted());
});

test("in a game in turns a finger between two directions means the nearer one", () => {
  expect(findDirections(...place(40), all, false)).toEqual(["right"]);
  expect(findDirections(...place(50), all, false)).toEqual(["down"]);
});

test("a finger in the middle has not chosen, and one that slid off the pad still means what it means", () => {
  expect(findDirections(0.05, 0.05, all, true)).toEqual([]);
  expect(findDirections(-3, 0.2, all, true)).toEqual(["left"]);
});

test("a pad of a row knows left and right alone, however high or low the finger lies", () => {
  const row = having("left", "right");
  expect(findDirections(-0.3, 0.95, row, true)).toEqual(["left"]);
  expect(findDirections(0.3, -2, row, true)).toEqual(["right"]);
  expect(findDirections(0.05, 0.9, row, true)).toEqual([]);
});

test("a pad of a column knows up and down alone", () => {
  const column = having("up", "down");
  expect(findDirections(0.95, -0.3, column, true)).toEqual(["up"]);
  expect(findDirections(-0.95, 0.3, column, true)).toEqual(["down"]);
});

test("where a direction is missing the one beside it is meant, and alone nothing", () => {
  const three = having("left", "right", "down");
  expect(findDirections(...place(230), three, true)).toEqual(["left"]);
  expect(findDirections(...place(270), three, true)).toEqual([]);
});
