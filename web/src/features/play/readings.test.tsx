import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Game } from "@/api/client";
import { ManualTime } from "@/player/manual-time";
import { emptySnapshot, type Snapshot } from "@/player/snapshot";
import { Readings } from "./readings";

afterEach(cleanup);

const points = { name: "Score", unit: "points", from: "reward", better: "higher" } as const;
const moves = { name: "Moves", unit: "moves", from: "steps", better: "lower" } as const;

function show(metric: Game["metric"], bestBefore: number | null, part: Partial<Snapshot>): void {
  const game = { metric, pacing: { mode: "turn", tick_hz: null } } as Game;
  cleanup();
  render(
    <Readings
      game={game}
      snapshot={{ ...emptySnapshot, ...part }}
      bestBefore={bestBefore}
      isUnrecorded={false}
      time={new ManualTime()}
    />,
  );
}

/** The value under a label. */
function read(label: RegExp): HTMLElement {
  return screen.getByText(label, { selector: "dt" }).nextElementSibling as HTMLElement;
}

test("the way to one's best is told while it is played, and its value lights up when it is passed", () => {
  show(points, 42, { score: 30 });
  expect(read(/Best/).textContent).toBe("4212 to go");
  expect(read(/Score/).className).not.toContain("text-accent");
  show(points, 42, { score: 47 });
  expect(read(/Best/).textContent).toBe("42+5");
  expect(read(/Score/).className).toContain("text-accent");
});

test("a score with fractions keeps its width while it changes", () => {
  show(points, null, { score: -0.22 });
  expect(read(/Score/).textContent).toBe("−0.22");
  show(points, 260.5, { score: -125.43 });
  expect(read(/Score/).textContent).toBe("−125");
  expect(read(/Best/).textContent).toBe("260.5386 to go");
});

test("a first game has nothing to be held against", () => {
  show(points, null, { score: 30 });
  expect(read(/Best/).textContent).toBe("–");
});

test("a first result is one's best as soon as it counts", () => {
  const ended = {
    type: "ended",
    status: "lost",
    reason: "terminated",
    n_steps: 9,
    score: 30,
    metric: 30,
  } as const;
  show(points, null, { score: 30, ended });
  expect(read(/Best/).textContent).toBe("30");
  show(points, null, { score: 30, ended: { ...ended, status: "incomplete" } });
  expect(read(/Best/).textContent).toBe("–");
});

test("of few moves the best and the fewest possible are told, and nothing lights up before the end", () => {
  show(moves, 9, { step: 3, optimum: 7 });
  expect(read(/Fewest/).textContent).toBe("7");
  expect(read(/Best/).textContent).toBe("9");
  expect(read(/Moves/).textContent).toBe("3");
  expect(read(/Moves/).className).not.toContain("text-accent");
});

test("where nobody knows the fewest possible there is no such reading", () => {
  show(moves, 9, { step: 3 });
  expect(screen.queryByText(/Fewest/)).toBeNull();
});

test("how quick a line was is not said any more when it is lost", () => {
  const quality = { latencyMs: 8, picturesPerS: 60, inputsDropped: 0 };
  show(points, null, { quality, connection: { kind: "connected" } });
  expect(screen.getByText("8 ms")).toBeTruthy();
  show(points, null, {
    quality,
    connection: { kind: "reconnecting", attempt: 1, untilUs: 0, refusal: null },
  });
  expect(screen.getByText("– ms")).toBeTruthy();
});
