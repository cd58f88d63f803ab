import { act, cleanup, render, screen } from "@testing-library/react";
import { Profiler } from "react";
import { afterEach, expect, test } from "vitest";
import { KeyLights } from "@/player/input/key-lights";
import { ManualTime } from "@/player/manual-time";
import { Lights } from "./lights";
import { LitKeyCap } from "./lit-key-cap";

afterEach(cleanup);

test("a key press lights its own cap and no other, and renders nothing", async () => {
  const time = new ManualTime();
  const lights = new KeyLights(time);
  const drawn: string[] = [];
  const codes = ["ArrowLeft", "Space"];
  render(
    <Lights value={lights}>
      {codes.map((code) => (
        <Profiler key={code} id={code} onRender={(id) => drawn.push(id)}>
          <LitKeyCap code={code} />
        </Profiler>
      ))}
    </Lights>,
  );
  drawn.length = 0;
  act(() => lights.hold(["ArrowLeft"]));
  expect(screen.getByTitle("Left arrow").hasAttribute("data-lit")).toBe(true);
  expect(screen.getByTitle("Space bar").hasAttribute("data-lit")).toBe(false);
  act(() => lights.hold([]));
  await act(() => time.pass(100));
  expect(screen.getByTitle("Left arrow").hasAttribute("data-lit")).toBe(false);
  expect(drawn).toEqual([]);
});
