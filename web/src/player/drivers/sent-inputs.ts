/** LIVE-36: the inputs that the record may yet lose. They are kept until the object store has their step, and sent once more after a reconnect. */
import { encodeClientMessage, type InputMessage, type ResentInput } from "@/protocol/client-messages";
import { maxMessageBytes, maxResentInputs } from "@/protocol/limits";

/**
 * While the object store is away everything is kept: ten minutes of busy keys are 12,000 inputs, and with a mouse 60 times a second 48,000. These
 * take 7 MB.
 */
const maxKept = 50_000;
/** So many of the newest are always kept: they are what a line that was lost just now may owe. */
const newestKept = 5_000;

/** Room for the message around the inputs. */
const envelopeBytes = 100;

interface Kept {
  message: InputMessage;
  /** Whether a step can have come of it: the game ran when it was made, and it was not told to a server as one that makes none. */
  mayAct: boolean;
  /** The step before the first picture that shows it: the one it acted in, if any. Null before there is such a picture. */
  passedStep: number | null;
}

/** What is offered to a server. */
export interface Offer {
  /** The newest picture up to which the inputs say everything; null where they say everything there is. */
  readonly knownUntil: number | null;
  /** The number of the input that comes after all of them. */
  readonly nextSeq: number;
}

export class SentInputs {
  private kept: Kept[] = [];
  /** Kept inputs before this index have been shown by a picture. */
  private learnt = 0;
  private dropped = 0;

  /** Inputs that there was no room for; only a machine lost with its disk makes them missed. */
  get nDropped(): number {
    return this.dropped;
  }

  get nKept(): number {
    return this.kept.length;
  }

  /**
   * Where there is no room left, the oldest but the first go: a machine that is lost is gone on from the oldest, and only so long as none of them is
   * missing; a line that was lost, from the newest.
   */
  add(message: InputMessage, mayAct: boolean): void {
    this.kept.push({ message, mayAct, passedStep: null });
    if (this.kept.length <= maxKept) return;
    const index = maxKept - newestKept;
    this.kept.splice(index, 1);
    if (index < this.learnt) this.learnt -= 1;
    this.dropped += 1;
  }

  /** The game ran already when the inputs from `seq` on were made. */
  mayActFrom(seq: number): void {
    for (const kept of this.kept.slice(this.learnt)) if (kept.message.seq >= seq) kept.mayAct = true;
  }

  /** The game stands still at the newest picture: what that does not show was not acted on, and will not be. */
  standStill(): void {
    for (const kept of this.kept.slice(this.learnt)) kept.mayAct = false;
  }

  /** Picture `step` shows that every input up to `inputSeq` had been applied. */
  learn(step: number, inputSeq: number): void {
    this.unlearn(step, inputSeq);
    for (
      let next = this.kept[this.learnt];
      next !== undefined && next.message.seq <= inputSeq;
      next = this.kept[this.learnt]
    ) {
      next.passedStep = Math.max(step - 1, 0);
      this.learnt += 1;
    }
  }

  forgetBefore(durableStep: number): void {
    const firstNeeded = this.kept.findIndex(
      ({ passedStep }) => passedStep === null || passedStep >= durableStep,
    );
    this.drop(firstNeeded === -1 ? this.kept.length : firstNeeded);
  }

  forgetAll(): void {
    this.drop(this.kept.length);
  }

  /**
   * Makes the inputs go on from those that the server has, up to `lastInputSeq`. Behind one that is not here any more they are numbered anew, since a
   * server takes no gap, and make no step, since nobody could say what the game looked like.
   *
   * `nextSeq` is the number after the newest that was ever given, `step` the server's newest.
   */
  offerAfter(lastInputSeq: number, nextSeq: number, step: number): Offer {
    const first = this.findAfter(lastInputSeq);
    const isAllKnown = this.kept.length > first || nextSeq <= lastInputSeq + 1;
    let knownUntil: number | null = isAllKnown ? null : step;
    let seq = lastInputSeq;
    for (const [place, kept] of this.kept.slice(first).entries()) {
      seq += 1;
      if (kept.message.seq !== seq) {
        knownUntil ??= this.findKnownBefore(first + place, step);
        kept.message = { ...kept.message, seq };
      }
      if (knownUntil !== null || kept.passedStep === null) kept.mayAct = false;
    }
    return { knownUntil, nextSeq: seq + 1 };
  }

  /** As many of the next inputs as the protocol allows in one message, by count and by bytes (LIVE-12); none when there are no more. */
  batchAfter(lastInputSeq: number): ResentInput[] {
    const batch: ResentInput[] = [];
    let bytesLeft = maxMessageBytes - envelopeBytes;
    const first = this.findAfter(lastInputSeq);
    for (const { message, mayAct, passedStep } of this.kept.slice(first, first + maxResentInputs)) {
      const input = { ...message, applied_step: mayAct ? passedStep : null };
      bytesLeft -= new TextEncoder().encode(encodeClientMessage(input)).length + 1;
      if (bytesLeft < 0 && batch.length > 0) break;
      batch.push(input);
    }
    return batch;
  }

  /** A picture that is not newer than the step an input is said to have acted in: that step was lost, and the input passed over. */
  private unlearn(step: number, inputSeq: number): void {
    for (let index = this.learnt - 1; index >= 0; index -= 1) {
      const kept = this.kept[index];
      if (kept === undefined || (kept.passedStep ?? 0) < step) return;
      if (kept.message.seq > inputSeq) continue;
      kept.mayAct = false;
      kept.passedStep = Math.max(step - 1, 0);
    }
  }

  /** The picture before the step in which the input before `index` acted: one that is missing behind it may have acted in the same. */
  private findKnownBefore(index: number, step: number): number {
    return Math.max(this.kept[index - 1]?.passedStep ?? step, step);
  }

  private findAfter(seq: number): number {
    const index = this.kept.findIndex(({ message }) => message.seq > seq);
    return index === -1 ? this.kept.length : index;
  }

  private drop(count: number): void {
    this.kept.splice(0, count);
    this.learnt = Math.max(0, this.learnt - count);
  }
}
