/** A made-up game without a server, behind the same face as the real ones: for tests and for looking at the pages. It keeps what it was told. */
import type { RefusalFacts } from "@/api/refusal";
import type { Command } from "@/protocol/client-messages";
import { parseClose } from "@/protocol/close-codes";
import type { PictureFormat } from "@/protocol/picture";
import type { EndedMessage, StateMessage, Welcome } from "@/protocol/server-messages";
import type { Time } from "../time";
import type { Driver, DriverListener, StampedInput } from "./driver";

export interface FakeGame {
  readonly format: PictureFormat;
  /** Null for a game in turns: it steps when it is told to. */
  readonly tickHz: number | null;
  readonly lives: number | null;
  /** Left out, it is. */
  readonly isKept?: boolean;
  /** Draws a step's picture; answers with the score. */
  readonly draw: (step: number, held: readonly string[], bytes: Uint8Array) => number;
}

export class FakeDriver implements Driver {
  readonly inputs: StampedInput[] = [];
  readonly commands: Command[] = [];
  readonly drawnSteps: number[] = [];
  readonly nInputsDropped = 0;
  isClosed = false;
  nTriedNow = 0;
  private readonly time: Time;
  private readonly game: FakeGame;
  private readonly bytes: Uint8Array;
  private listener: DriverListener | null = null;
  private step = 0;
  private score = 0;
  private held: readonly string[] = [];
  private cancel: () => void = () => {};

  constructor(time: Time, game: FakeGame) {
    this.time = time;
    this.game = game;
    const { width, height, pixels } = game.format;
    this.bytes = new Uint8Array(width * height * (pixels === "rgb24" ? 3 : 1));
  }

  open(listener: DriverListener): void {
    this.listener = listener;
    listener.connection({ kind: "connecting" });
    this.cancel = this.time.after(0, () => {
      this.regain();
      this.enter("ready");
    });
  }

  /** The line stands (again). */
  regain(): void {
    this.listener?.welcome(this.describe(), this.game.format);
    this.listener?.connection({ kind: "connected" });
    this.listener?.roundTrip(12_000);
    this.show(true);
  }

  lose(attempt = 1, refusal: RefusalFacts | null = null): void {
    this.cancel();
    const untilUs = this.time.nowUs() + 9e6;
    this.listener?.connection({ kind: "reconnecting", attempt, untilUs, refusal });
  }

  refuse(refusal: RefusalFacts): void {
    this.cancel();
    this.listener?.connection({ kind: "refused", refusal });
  }

  tryNow(): void {
    this.nTriedNow += 1;
  }

  stopWaiting(): void {
    this.refuse(fullFor(10));
  }

  /** Every place is taken. */
  queue(waitS = 10): void {
    this.cancel();
    this.listener?.connection({
      kind: "waiting",
      refusal: fullFor(waitS),
      untilUs: this.time.nowUs() + waitS * 1e6,
    });
  }

  breakOff(code: number): void {
    this.cancel();
    this.listener?.connection({ kind: "closed", close: parseClose(code, "") });
  }

  enter(state: StateMessage["state"], extra: Partial<StateMessage> = {}): void {
    this.listener?.state({
      type: "state",
      state,
      reason: null,
      step: this.step,
      resumes_in_ms: null,
      countdown_ms: 3000,
      ends_in_ms: state === "running" ? null : 600_000,
      active_ms: (this.step * 1000) / (this.game.tickHz ?? 1),
      server_us: this.time.nowUs(),
      ...extra,
    });
    if (state === "running" && this.game.tickHz !== null) this.waitForTick(this.game.tickHz);
  }

  pend(...codes: string[]): void {
    this.listener?.pending(codes);
  }

  tell(code: string, text: string): void {
    this.listener?.notice({ type: "notice", code, text });
  }

  /** One step of the game, whatever its state. */
  advance(): void {
    this.step += 1;
    this.show(false);
  }

  end(status: EndedMessage["status"], reason = "terminated"): void {
    this.cancel();
    this.enter("ended");
    const { step: n_steps, score } = this;
    this.listener?.ended({ type: "ended", status, reason, n_steps, score, metric: score });
    this.breakOff(1000);
  }

  input(input: StampedInput): void {
    this.inputs.push(input);
    this.held = input.held;
  }

  command(command: Command): void {
    this.commands.push(command);
    if (command.type === "start") this.enter("running");
    if (command.type === "quit") this.end("incomplete", "player_quit");
    if (command.type === "pause") {
      this.cancel();
      this.enter("paused", { reason: command.reason });
    }
    if (command.type === "resume") {
      this.enter("paused", { reason: "player", resumes_in_ms: command.countdown_ms });
      this.cancel = this.time.after(command.countdown_ms, () => this.enter("running"));
    }
  }

  drawn(step: number): void {
    this.drawnSteps.push(step);
  }

  close(): void {
    this.cancel();
    this.listener = null;
    this.isClosed = true;
  }

  private waitForTick(tickHz: number): void {
    this.cancel = this.time.after(1000 / tickHz, () => {
      this.waitForTick(tickHz);
      this.advance();
    });
  }

  private show(isKey: boolean): void {
    this.score = this.game.draw(this.step, this.held, this.bytes);
    this.listener?.picture({
      isKey,
      terminated: false,
      truncated: false,
      invalid: false,
      baseDistance: isKey ? 0 : 1,
      step: this.step,
      inputSeq: this.inputs.length,
      serverUs: this.time.nowUs(),
      status: { score: this.score, lives: this.game.lives },
      bytes: this.bytes,
      changed: { first: 0, end: this.bytes.length },
    });
  }

  private describe(): Welcome {
    const { width, height, pixels } = this.game.format;
    const { tickHz } = this.game;
    return {
      type: "welcome",
      protocol: 1,
      episode_id: "00000000-0000-4000-8000-000000000000",
      game_id: "Fake.v0",
      epoch: 1,
      segment: 0,
      resume_token: "fake",
      step: this.step,
      last_input_seq: this.inputs.length,
      picture: { width, height, pixels, palette: null },
      pacing: { mode: tickHz === null ? "turn" : "realtime", tick_hz: tickHz },
      max_steps: null,
      optimum: null,
      sound: null,
      recording: this.game.isKept ?? true,
      server_us: this.time.nowUs(),
      server_boot: "fake",
    };
  }
}

function fullFor(retryAfterS: number): RefusalFacts {
  return { status: 503, code: "at_capacity", detail: "Every place is taken.", retryAfterS };
}
