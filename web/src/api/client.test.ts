// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { fetchGames } from "./client";

test("LIVE-3: what answers a call with something else than JSON is not the server", async () => {
  vi.stubGlobal("fetch", async () => new Response("<!doctype html><title>Sign in to this network</title>"));
  await expect(fetchGames()).rejects.toMatchObject({ name: "Refusal", status: 0, code: "unreachable" });
  vi.unstubAllGlobals();
});
