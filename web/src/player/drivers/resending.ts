/** LIVE-36: the answer to a welcome, in as many messages as it takes, and no faster than the server bears (LIVE-13). */
import type { ClientMessage } from "@/protocol/client-messages";
import type { Time } from "../time";
import type { SentInputs } from "./sent-inputs";

/** Of the 480 that a server bears at once. Pings and reports of what was drawn need some too. */
const atOnce = 200;
/** Then 150 of the 240 that it bears in a second. */
const perInterval = 60;
const intervalMs = 400;

export class Resending {
  private readonly time: Time;
  private readonly send: (message: ClientMessage) => void;
  private readonly sentInputs: SentInputs;
  private cancel: () => void = () => {};

  constructor(time: Time, send: (message: ClientMessage) => void, sentInputs: SentInputs) {
    this.time = time;
    this.send = send;
    this.sentInputs = sentInputs;
  }

  /** Sends what is kept after an input, also what is added meanwhile; one message with nothing where there is nothing: the server waits for it. */
  begin(lastInputSeq: number, lastStep: number, onDone: () => void): void {
    this.cancel();
    const first = this.sentInputs.batchAfter(lastInputSeq);
    this.send({ type: "resend", inputs: first, last_step: lastStep });
    this.goOn(first.at(-1)?.seq ?? lastInputSeq, lastStep, atOnce - 1, onDone);
  }

  stop(): void {
    this.cancel();
  }

  private goOn(sentSeq: number, lastStep: number, atMost: number, onDone: () => void): void {
    let seq = sentSeq;
    for (let sent = 0; sent < atMost; sent += 1) {
      const inputs = this.sentInputs.batchAfter(seq);
      const last = inputs.at(-1);
      if (last === undefined) {
        onDone();
        return;
      }
      this.send({ type: "resend", inputs, last_step: lastStep });
      seq = last.seq;
    }
    this.cancel = this.time.after(intervalMs, () => this.goOn(seq, lastStep, perInterval, onDone));
  }
}
