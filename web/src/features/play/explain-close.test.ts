import { expect, test } from "vitest";
import { parseClose } from "@/protocol/close-codes";
import { explainClose } from "./explain-close";

const lost = parseClose(4503, "session_lost: KeyError in make_environment");

test("LIVE-70: a machine that broke down before the first step kept nothing, and its maker's words are not for players", () => {
  const atOnce = explainClose(lost, 0);
  expect(atOnce).toMatchObject({ title: "This game could not be started", mayRetry: true });
  expect(atOnce.advice).not.toMatch(/kept|KeyError/);
  expect(explainClose(lost, 12).advice).toMatch(/is kept/);
});
