import { expect, test } from "vitest";
import { endedHere } from "./ended-here";

test("an end that was seen here counts at once, and what the server says of an end counts more", () => {
  const running = { id: "e1", status: "running", n_steps: 6, metric: null } as const;
  const other = { ...running, id: "e2" };
  endedHere.note("e1", { status: "won", n_steps: 7, metric: 7 });
  expect(endedHere.complete([running, other])).toEqual([
    { id: "e1", status: "won", n_steps: 7, metric: 7 },
    other,
  ]);
  const known = { ...running, status: "lost", n_steps: 8 } as const;
  expect(endedHere.complete([known])).toEqual([known]);
});
