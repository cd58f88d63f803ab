import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ManualTime } from "@/player/manual-time";
import { WaitingOverlay } from "./waiting-overlay";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function show() {
  const time = new ManualTime();
  const onStop = vi.fn();
  render(<WaitingOverlay untilUs={time.nowUs() + 10_000_000} time={time} onStop={onStop} />);
  return { time, onStop };
}

test("whoever waits for a place is told so once, and sees when it is asked for again", async () => {
  const { time } = show();
  const status = screen.getByRole("status");
  expect(status.textContent).toContain("There's no room for one more game right now.");
  expect(screen.getByText("We try again in 10 s")).toBeTruthy();
  await time.pass(3500);
  act(() => vi.advanceTimersByTime(300));
  const countdown = screen.getByText("We try again in 7 s");
  // A screen reader that reads the status anew would read every second of it.
  expect(status.contains(countdown)).toBe(false);
  await time.pass(7000);
  act(() => vi.advanceTimersByTime(300));
  expect(screen.getByText("Trying again…")).toBeTruthy();
});

test("whoever has waited enough has a way out", () => {
  const { onStop } = show();
  const dialog = screen.getByRole("dialog", { name: "All machines are in use" });
  fireEvent.click(within(dialog).getByRole("button", { name: "Stop waiting" }));
  expect(onStop).toHaveBeenCalledOnce();
});
