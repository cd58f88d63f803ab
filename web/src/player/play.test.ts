// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { FakeDriver, type FakeGame } from "./drivers/fake";
import { EngineHere } from "./engine/here";
import { ManualTime } from "./manual-time";
import { Play } from "./play";
import { computeActiveMs, findPhase } from "./snapshot";

/** A canvas as far as it is used here; pixels are the business of the screen's own tests. */
function fakeCanvas(): HTMLCanvasElement {
  const context = {
    createImageData: (width: number, height: number) => ({ data: new Uint8ClampedArray(width * height * 4) }),
    putImageData: () => {},
  };
  return Object.assign(document.createElement("canvas"), { getContext: () => context }) as HTMLCanvasElement;
}

const frames: FrameRequestCallback[] = [];

beforeEach(() => {
  frames.length = 0;
  vi.stubGlobal("requestAnimationFrame", (run: FrameRequestCallback) => frames.push(run));
  vi.stubGlobal("cancelAnimationFrame", () => {});
  return () => vi.unstubAllGlobals();
});

function drawFrame(): void {
  for (const run of frames.splice(0)) run(0);
}

async function setUp(part: Partial<FakeGame> = {}) {
  const time = new ManualTime();
  const driver = new FakeDriver(time, {
    format: { width: 4, height: 4, pixels: "rgb24", palette: null },
    tickHz: 50,
    lives: 3,
    draw: (step) => Math.floor(step / 10),
    ...part,
  });
  const keyEvents = new Set(["ArrowLeft", "Space"]);
  const play = new Play({
    makeEngine: (canvas, listener) => new EngineHere({ driver, time, canvas, isRecorded: false }, listener),
    time,
    surroundings: window,
    gameCodes: keyEvents,
    onWelcome: () => {},
    onEnded: () => {},
  });
  play.mount(fakeCanvas());
  await time.pass(0);
  const phase = () => findPhase(play.getSnapshot()).kind;
  return { time, driver, play, phase };
}

function press(
  code: string,
  type: "keydown" | "keyup" = "keydown",
  more: KeyboardEventInit = {},
): KeyboardEvent {
  const event = new KeyboardEvent(type, { code, key: code, bubbles: true, cancelable: true, ...more });
  window.dispatchEvent(event);
  return event;
}

test("LIVE-20: any key begins a game that is ready, and is its first input", async () => {
  const { driver, play, phase } = await setUp();
  expect(phase()).toBe("ready");
  press("Escape");
  expect(phase()).toBe("ready");
  press("Space");
  expect(phase()).toBe("running");
  expect(driver.inputs.at(-1)).toMatchObject({ kind: "down", code: "Space", held: ["Escape", "Space"] });
  play.unmount();
});

test("LIVE-33: a key is sent before the page shows it", async () => {
  const { driver, play } = await setUp();
  play.start();
  let sentWhenLit: number | null = null;
  play.lights.subscribe(() => {
    sentWhenLit ??= driver.inputs.length;
  });
  press("Space");
  expect(sentWhenLit).toBe(1);
  expect(play.lights.isLit("Space")).toBe(true);
  press("Space", "keyup");
  play.unmount();
});

test("pictures render nothing, and the numbers of the line only when they change", async () => {
  const { driver, play, time } = await setUp();
  play.start();
  await time.pass(1);
  let renders = 0;
  play.subscribe(() => {
    renders += 1;
  });
  // No score is made in the first nine steps.
  await time.pass(170);
  expect(driver.drawnSteps.length).toBeGreaterThan(5);
  expect(renders).toBe(0);
  play.pause();
  await time.pass(3000);
  renders = 0;
  await time.pass(5000);
  expect(renders).toBe(0);
  play.unmount();
});

test("LIVE-22: losing the keyboard releases all keys and pauses the game", async () => {
  const { driver, play, phase } = await setUp();
  press("Space");
  window.dispatchEvent(new Event("blur"));
  expect(driver.inputs.at(-1)).toMatchObject({ kind: "blur", held: [] });
  expect(driver.commands.at(-1)).toEqual({ type: "pause", reason: "blur" });
  expect(phase()).toBe("paused");
  play.unmount();
});

test("LIVE-22, LIVE-23: a resume counts down as the server suggests, then tells the keys that are down", async () => {
  const { driver, play, phase, time } = await setUp();
  play.start();
  play.pause();
  press("Enter");
  expect(driver.commands.at(-1)).toEqual({ type: "resume", countdown_ms: 3000 });
  expect(phase()).toBe("countdown");
  press("Enter", "keyup");
  press("ArrowLeft");
  await time.pass(3000);
  expect(phase()).toBe("running");
  expect(driver.inputs.at(-1)).toMatchObject({ kind: "sync", held: ["ArrowLeft"] });
  play.unmount();
});

test("LIVE-22: a pause during the countdown calls it off", async () => {
  const { play, phase, time } = await setUp();
  play.start();
  play.pause();
  play.resume();
  await time.pass(1000);
  play.pause();
  await time.pass(5000);
  expect(phase()).toBe("paused");
  play.unmount();
});

test("LIVE-22: a game that the line interrupted goes on by itself, one that its player paused does not", async () => {
  const { driver, play, phase } = await setUp();
  play.start();
  driver.lose();
  expect(phase()).toBe("reconnecting");
  driver.regain();
  driver.enter("paused", { reason: "disconnected", countdown_ms: 0 });
  expect(driver.commands.at(-1)).toEqual({ type: "resume", countdown_ms: 0 });
  play.pause();
  driver.lose();
  driver.regain();
  driver.enter("paused", { reason: "disconnected" });
  expect(phase()).toBe("paused");
  play.unmount();
});

test("LIVE-52: what nobody can see is not drawn, and not told as drawn, before it can be seen", async () => {
  const { driver, play, time } = await setUp();
  const visibility = vi.spyOn(document, "visibilityState", "get");
  visibility.mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  driver.advance();
  driver.advance();
  await time.pass(10);
  expect(driver.drawnSteps).toEqual([0]);
  visibility.mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  await time.pass(0);
  expect(driver.drawnSteps).toEqual([0, 2]);
  play.unmount();
});

test("the page hears of scores, not of every picture", async () => {
  const { play, time } = await setUp();
  play.start();
  let renders = 0;
  play.subscribe(() => {
    renders += 1;
  });
  await time.pass(1000);
  expect(play.getSnapshot().step).toBe(50);
  expect(play.getSnapshot().score).toBe(5);
  expect(renders).toBeLessThan(12);
  play.unmount();
});

test("arrows, space and the game's keys never scroll the page, and combinations stay the browser's", async () => {
  const { driver, play } = await setUp();
  expect(press("ArrowDown").defaultPrevented).toBe(true);
  expect(press("Space").defaultPrevented).toBe(true);
  expect(press("ArrowDown", "keydown", { repeat: true }).defaultPrevented).toBe(true);
  const before = driver.inputs.length;
  expect(press("KeyR", "keydown", { ctrlKey: true }).defaultPrevented).toBe(false);
  expect(press("Tab").defaultPrevented).toBe(false);
  expect(driver.inputs).toHaveLength(before);
  play.unmount();
});

test("LIVE-31: repeated key-downs of a held key are not sent", async () => {
  const { driver, play } = await setUp();
  press("ArrowLeft");
  press("ArrowLeft", "keydown", { repeat: true });
  press("ArrowLeft");
  expect(driver.inputs.filter(({ kind }) => kind === "down")).toHaveLength(1);
  play.unmount();
});

test("a game that was never begun is given back when its page is left", async () => {
  const { driver, play } = await setUp();
  play.unmount();
  expect(driver.commands).toEqual([{ type: "quit" }]);
  expect(driver.isClosed).toBe(true);
});

test("a game that was never begun is given back when the tab is closed", async () => {
  const { driver, play } = await setUp();
  window.dispatchEvent(new Event("pagehide"));
  expect(driver.commands).toEqual([{ type: "quit" }]);
  play.unmount();
});

test("a game under way waits when its page is left", async () => {
  const { driver, play } = await setUp();
  play.start();
  play.unmount();
  expect(driver.commands).toEqual([{ type: "start" }]);
});

test("an end that was told stays, whatever becomes of the line", async () => {
  const { driver, play, phase } = await setUp();
  play.start();
  driver.end("lost");
  driver.lose();
  expect(phase()).toBe("ended");
  play.unmount();
});

test("LIVE-20, LIVE-35: a key of the game that begins it acts in it; another key only begins it", async () => {
  const first = await setUp();
  const inputsAtStart: number[] = [];
  const watch = ({ driver, play, phase }: typeof first) =>
    play.subscribe(() => phase() === "running" && inputsAtStart.push(driver.inputs.length));
  watch(first);
  press("ArrowLeft");
  expect(inputsAtStart[0]).toBe(0);
  expect(first.driver.inputs).toMatchObject([{ kind: "down", code: "ArrowLeft" }]);
  expect(first.driver.commands).toEqual([{ type: "start" }]);
  first.play.unmount();
  const second = await setUp();
  inputsAtStart.length = 0;
  watch(second);
  press("KeyX");
  expect(inputsAtStart[0]).toBe(1);
  expect(second.driver.commands).toEqual([{ type: "start" }]);
  second.play.unmount();
});

test("the time stands still while the line is lost, and does not jump back", async () => {
  const { driver, play, time } = await setUp();
  const activeMs = () => computeActiveMs(play.getSnapshot(), time.nowUs());
  play.start();
  await time.pass(12_000);
  driver.lose();
  await time.pass(3000);
  driver.lose(2);
  expect(activeMs()).toBe(12_000);
  driver.regain();
  expect(activeMs()).toBe(12_000);
  driver.enter("paused", { reason: "disconnected", countdown_ms: 0 });
  await time.pass(1000);
  expect(activeMs()).toBe(13_000);
  play.unmount();
});

test("a network that is back is tried at once", async () => {
  const { driver, play } = await setUp();
  driver.lose();
  window.dispatchEvent(new Event("online"));
  expect(driver.nTriedNow).toBe(1);
  play.unmount();
  window.dispatchEvent(new Event("online"));
  expect(driver.nTriedNow).toBe(1);
});

test("LIVE-20, LIVE-31: a click on the picture counts as soon as the start was asked for, and so does the mouse's place", async () => {
  const { driver, play } = await setUp();
  play.point(0.5, 0.5, 10);
  expect(driver.inputs).toEqual([]);
  play.start();
  play.point(1.2, 0.25, 12);
  expect(driver.inputs).toMatchObject([{ kind: "pointer", x: 1, y: 0.25, client_us: 12_000 }]);
  play.unmount();
});

test("LIVE-20, LIVE-32: a finger on a drawn key begins a game that is ready and is its first input, told with the keyboard's keys", async () => {
  const { driver, play, phase } = await setUp();
  press("KeyQ", "keydown", { ctrlKey: true });
  play.touchKeys(7, ["ArrowLeft"], 20);
  expect(phase()).toBe("running");
  press("Space");
  play.touchKeys(7, [], 90);
  expect(driver.inputs).toMatchObject([
    { kind: "down", code: "ArrowLeft", client_us: 20_000, held: ["ArrowLeft"] },
    { kind: "down", code: "Space", held: ["ArrowLeft", "Space"] },
    { kind: "up", code: "ArrowLeft", client_us: 90_000, held: ["Space"] },
  ]);
  play.unmount();
});

test("keys are lit while they are down, and no longer when the page loses the keyboard", async () => {
  const { play, driver, time } = await setUp();
  press("ArrowLeft");
  press("Space");
  expect([play.lights.isLit("ArrowLeft"), play.lights.isLit("Space")]).toEqual([true, true]);
  press("Space", "keyup");
  await time.pass(100);
  expect([play.lights.isLit("ArrowLeft"), play.lights.isLit("Space")]).toEqual([true, false]);
  window.dispatchEvent(new Event("blur"));
  await time.pass(100);
  expect(play.lights.isLit("ArrowLeft")).toBe(false);
  driver.pend("Digit1");
  expect(play.lights.isLit("Digit1")).toBe(true);
  driver.end("won");
  expect(play.lights.isLit("Digit1")).toBe(false);
  play.unmount();
});

test("LIVE-26: a game that was taken over elsewhere is asked for again only when its player says so", async () => {
  const { driver, play, phase, time } = await setUp();
  play.start();
  driver.breakOff(4409);
  await time.pass(10_000);
  expect(phase()).toBe("closed");
  play.tryAgain();
  await time.pass(0);
  expect(phase()).toBe("ready");
  play.unmount();
});

test("LIVE-31: the mouse is told while the game runs and not before, once a displayed frame", async () => {
  const { driver, play } = await setUp();
  const moves = () => driver.inputs.filter(({ kind }) => kind === "move");
  play.move(0.2, 0.2, 5);
  drawFrame();
  expect(moves()).toEqual([]);
  play.start();
  press("ArrowLeft");
  play.move(0.4, 0.5, 10);
  play.move(1.3, -0.1, 12);
  drawFrame();
  expect(moves()).toMatchObject([{ kind: "move", x: 1, y: 0, client_us: 12_000, held: ["ArrowLeft"] }]);
  play.pause();
  play.move(0.5, 0.5, 20);
  drawFrame();
  expect(moves()).toHaveLength(1);
  play.unmount();
});

test("LIVE-22: a game for which there is no room is not asked to go on", async () => {
  const { driver, play, phase } = await setUp();
  play.start();
  driver.tell("storage_full", "");
  driver.enter("paused", { reason: "storage_full" });
  press("Enter");
  press("Enter", "keyup");
  play.resume();
  expect(driver.commands.map(({ type }) => type)).toEqual(["start"]);
  driver.tell("storage_ok", "");
  press("Enter");
  expect(phase()).toBe("countdown");
  play.unmount();
});

test("what a server told is over with its connection: the next one tells what still holds", async () => {
  const { driver, play } = await setUp();
  play.start();
  driver.tell("storage_full", "");
  driver.lose();
  driver.tell("rebuilding", "");
  expect(play.getSnapshot().notice?.code).toBe("rebuilding");
  driver.regain();
  expect(play.getSnapshot().notice).toBeNull();
  play.unmount();
});

test("that steps were lost is said for a while; a notice that came after it stays", async () => {
  const { driver, play, time } = await setUp();
  play.start();
  driver.tell("steps_lost", "");
  await time.pass(7999);
  expect(play.getSnapshot().notice?.code).toBe("steps_lost");
  await time.pass(1);
  expect(play.getSnapshot().notice).toBeNull();
  driver.tell("steps_lost", "");
  driver.tell("storage_full", "");
  await time.pass(10_000);
  expect(play.getSnapshot().notice?.code).toBe("storage_full");
  play.unmount();
});

test("LIVE-6: whether the game is kept is known once the server has said it", async () => {
  for (const isKept of [true, false]) {
    const { play } = await setUp({ isKept });
    expect(play.getSnapshot().isKept).toBe(isKept);
    play.unmount();
  }
});
