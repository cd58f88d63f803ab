import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RefusalFacts } from "@/api/refusal";
import { ManualTime } from "@/player/manual-time";
import { ReconnectingOverlay } from "./reconnecting-overlay";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function show(attempt: number, waitS: number, refusal: RefusalFacts | null = null) {
  const time = new ManualTime();
  const onTryNow = vi.fn();
  const phase = { kind: "reconnecting", attempt, untilUs: time.nowUs() + waitS * 1e6, refusal } as const;
  render(<ReconnectingOverlay phase={phase} time={time} onTryNow={onTryNow} />);
  return { time, onTryNow };
}

function refuse(status: number, code: string, retryAfterS: number | null = null): RefusalFacts {
  return { status, code, detail: "A sentence for whoever runs it.", retryAfterS };
}

test("at first it is only a moment: no button, no number, no alarm", () => {
  show(1, 0.2);
  expect(screen.getByRole("status").textContent).toContain("Your game is being brought back.");
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.queryByText(/We try again/)).toBeNull();
});

test.each([
  [refuse(0, "unreachable"), "can't be reached"],
  [refuse(503, "at_capacity"), "All machines are in use"],
  [refuse(507, "storage_full"), "run out of room"],
  [refuse(503, "internal"), "being brought back"],
  [refuse(409, "episode_in_use"), "being brought back"],
])("LIVE-3: after %o the player is told, and that the game is not lost", (refusal, words) => {
  show(2, 1, refusal);
  expect(screen.getByRole("status").textContent).toContain(words);
  expect(screen.getByRole("status").textContent).toMatch(/kept|brought back/);
  expect(document.body.textContent).not.toContain("A sentence for whoever runs it.");
});

test("LIVE-70: a long wait is counted down, outside of what is read out, and can be cut short", async () => {
  const { time, onTryNow } = show(2, 9, refuse(503, "at_capacity", 9));
  const countdown = screen.getByText("We try again in 9 s");
  expect(screen.getByRole("status").contains(countdown)).toBe(false);
  await time.pass(9000);
  act(() => vi.advanceTimersByTime(300));
  expect(screen.getByText("Trying again…")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Try now" }));
  expect(onTryNow).toHaveBeenCalledOnce();
});
