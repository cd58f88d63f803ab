import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Play } from "@/player/play";
import { soundChoice } from "./sound-choice";
import { SoundControl } from "./sound-control";

let told: (readonly [isOn: boolean, volume: number])[];

/** The part of a play that the control knows. */
function showControl(...gameCodes: string[]): void {
  const play = {
    settings: { gameCodes: new Set(gameCodes) },
    setSound: (isOn: boolean, volume: number) => told.push([isOn, volume]),
  } as unknown as Play;
  render(<SoundControl play={play} />);
}

function isPressed(): string | null {
  return screen.getByRole("button", { name: "Sound" }).getAttribute("aria-pressed");
}

beforeEach(() => {
  told = [];
  localStorage.clear();
  soundChoice.keep({ isOn: false, volume: 0.6 });
});

afterEach(cleanup);

test("sound is off at first, and there is no volume to set", () => {
  showControl();
  expect(isPressed()).toBe("false");
  expect(screen.queryByRole("slider")).toBeNull();
  expect(told).toEqual([[false, 0.6]]);
});

test("the button turns it on, the slider tells and keeps the volume", () => {
  showControl();
  fireEvent.click(screen.getByRole("button", { name: "Sound" }));
  fireEvent.change(screen.getByRole("slider", { name: "Volume" }), { target: { value: "0.3" } });
  expect(told.slice(1)).toEqual([
    [true, 0.6],
    [true, 0.3],
  ]);
  expect(soundChoice.read()).toEqual({ isOn: true, volume: 0.3 });
});

test("the next game on the page is heard as the one before it was", () => {
  soundChoice.keep({ isOn: true, volume: 0.2 });
  showControl();
  expect(isPressed()).toBe("true");
  expect(told).toEqual([[true, 0.2]]);
});

test("M turns it on and off, but not while it is held, nor with Control", () => {
  showControl();
  fireEvent.keyDown(window, { code: "KeyM" });
  expect(isPressed()).toBe("true");
  fireEvent.keyDown(window, { code: "KeyM", repeat: true });
  fireEvent.keyDown(window, { code: "KeyM", ctrlKey: true });
  expect(isPressed()).toBe("true");
  fireEvent.keyDown(window, { code: "KeyM" });
  expect(isPressed()).toBe("false");
});

test("in a game that uses M it is the game's", () => {
  showControl("KeyM");
  fireEvent.keyDown(window, { code: "KeyM" });
  expect(isPressed()).toBe("false");
});

test("a volume that nobody can have kept is passed over", () => {
  localStorage.setItem("skill-arcade.volume", "loud");
  expect(soundChoice.read().volume).toBe(0.6);
  localStorage.setItem("skill-arcade.volume", "7");
  expect(soundChoice.read().volume).toBe(0.6);
});
