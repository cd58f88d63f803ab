import { expect, test } from "vitest";
import { Refusal } from "@/api/refusal";
import { ask, type Call, makeCall, postCalls, reply } from "./calls";

interface Counter {
  add(name: string, count: number): void;
  question(port: MessagePort): void;
}

/** The face of `counter` as a thread has it that shares nothing with it. */
function reach(counter: Counter): Counter {
  return postCalls<Counter>(["add", "question"], (call, transfer) =>
    makeCall<Counter>(counter, structuredClone(call, { transfer }) as Call<Counter>),
  );
}

test("a call arrives with its arguments", () => {
  const added: [string, number][] = [];
  reach({ add: (...args) => added.push(args), question: () => {} }).add("steps", 3);
  expect(added).toEqual([["steps", 3]]);
});

test("a question is answered", async () => {
  const there = reach({
    add: () => {},
    question: (port) => void reply(port, Promise.resolve({ path: "/ws" })),
  });
  expect(await ask((port) => there.question(port))).toEqual({ path: "/ws" });
});

test("LIVE-3: a refusal is one on the other side too", async () => {
  const refusal = new Refusal(503, "at_capacity", "Every place is taken.", 9);
  const there = reach({ add: () => {}, question: (port) => void reply(port, Promise.reject(refusal)) });
  const error = await ask((port) => there.question(port)).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Refusal);
  expect((error as Refusal).facts).toEqual(refusal.facts);
});

test("a question is answered also when what was asked fails or cannot be sent, and the fault is still thrown where it is", async () => {
  const answers = [
    () => Promise.reject(new SyntaxError("no JSON")),
    () => Promise.resolve(() => "a function"),
  ];
  for (const answer of answers) {
    const thrown: unknown[] = [];
    const there = reach({
      add: () => {},
      question: (port) => void reply(port, answer()).catch((error: unknown) => thrown.push(error)),
    });
    const error = await ask((port) => there.question(port)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ status: 0, code: "page_failed" });
    expect(thrown).toHaveLength(1);
  }
});
