import type { Time } from "./time";

/** Time for tests: it goes on only when told to. */
export class ManualTime implements Time {
  private us = 1_000_000;
  private waiting: { atUs: number; run: () => void }[] = [];

  nowUs(): number {
    return this.us;
  }

  utcMs(): number {
    return 1_700_000_000_000 + this.us / 1000;
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { atUs: this.us + delayMs * 1000, run };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== entry);
    };
  }

  /** Lets the time pass, and everything happen that falls into it; promises made on the way are kept between two timers. */
  async pass(ms: number): Promise<void> {
    const untilUs = this.us + ms * 1000;
    await settle();
    for (;;) {
      const next = this.waiting.filter(({ atUs }) => atUs <= untilUs).sort((a, b) => a.atUs - b.atUs)[0];
      if (next === undefined) break;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.us = Math.max(this.us, next.atUs);
      next.run();
      await settle();
    }
    this.us = untilUs;
  }
}

/** Promise chains of the length that occur here have ended after this. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
