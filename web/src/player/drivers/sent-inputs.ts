/** LIVE-36: the inputs that the record may yet lose. They are kept until the object store has their step, and sent once more after a reconnect. */
import { encodeClientMessage, type InputMessage, type ResentInput } from "@/protocol/client-messages";
import { maxMessageBytes, maxResentInputs } from "@/protocol/limits";

/**
 * About an hour of busy keys. A server without an object store never says that anything is safe there; then the oldest go, which are the ones
 * least likely to be asked for.
 */
const maxKept = 20_000;

/** Room for the message around the inputs. */
const envelopeBytes = 100;

interface Kept {
  readonly message: InputMessage;
  /** Whether the game ran when it was made; only then can a step have come of it. */
  mayAct: boolean;
  appliedStep: number | null;
}

export class SentInputs {
  private kept: Kept[] = [];
  /** Kept inputs before this index have learnt the step they acted in. */
  private learnt = 0;

  add(message: InputMessage, mayAct: boolean): void {
    this.kept.push({ message, mayAct, appliedStep: null });
    if (this.kept.length > maxKept) this.drop(1);
  }

  /** The game ran already when the inputs from `seq` on were made. */
  mayActFrom(seq: number): void {
    for (const kept of this.kept.slice(this.learnt)) if (kept.message.seq >= seq) kept.mayAct = true;
  }

  /** Picture `step` shows that every input up to `inputSeq` had been applied. */
  learn(step: number, inputSeq: number): void {
    for (
      let next = this.kept[this.learnt];
      next !== undefined && next.message.seq <= inputSeq;
      next = this.kept[this.learnt]
    ) {
      if (next.mayAct) next.appliedStep = Math.max(step - 1, 0);
      this.learnt += 1;
    }
  }

  forgetBefore(durableStep: number): void {
    const firstNeeded = this.kept.findIndex(
      ({ appliedStep }, index) => index >= this.learnt || (appliedStep ?? 0) >= durableStep,
    );
    this.drop(firstNeeded === -1 ? this.kept.length : firstNeeded);
  }

  /** In messages' worths: no more than the protocol allows in one, by count and by bytes (LIVE-12). */
  batchAfter(lastInputSeq: number): ResentInput[][] {
    const batches: ResentInput[][] = [];
    let bytesLeft = 0;
    for (const { message, appliedStep } of this.kept) {
      if (message.seq <= lastInputSeq) continue;
      const input = { ...message, applied_step: appliedStep };
      const inputBytes = new TextEncoder().encode(encodeClientMessage(input)).length + 1;
      const batch = batches.at(-1);
      if (batch === undefined || batch.length === maxResentInputs || bytesLeft < inputBytes) {
        batches.push([input]);
        bytesLeft = maxMessageBytes - envelopeBytes - inputBytes;
      } else {
        batch.push(input);
        bytesLeft -= inputBytes;
      }
    }
    return batches;
  }

  private drop(count: number): void {
    this.kept.splice(0, count);
    this.learnt = Math.max(0, this.learnt - count);
  }
}
