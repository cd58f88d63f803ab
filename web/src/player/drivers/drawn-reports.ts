/** LIVE-52: which pictures were drawn, and when, in batches. */
import type { ClientMessage } from "@/protocol/client-messages";
import { maxDrawnReports } from "@/protocol/limits";

/** Reports that wait while there is no connection: half a minute's worth. The oldest give way, and are then simply not known. */
const maxWaiting = 2_000;

export class DrawnReports {
  private steps: number[] = [];
  private atUs: number[] = [];

  add(step: number, atUs: number): void {
    if (this.steps.length === maxWaiting) {
      this.steps.shift();
      this.atUs.shift();
    }
    this.steps.push(step);
    this.atUs.push(atUs);
  }

  /** Steps after this one were lost with their machine: another picture has the number now. */
  forgetAfter(step: number): void {
    this.atUs = this.atUs.filter((_, index) => (this.steps[index] ?? 0) <= step);
    this.steps = this.steps.filter((drawn) => drawn <= step);
  }

  take(): ClientMessage | null {
    if (this.steps.length === 0) return null;
    return {
      type: "drawn",
      steps: this.steps.splice(0, maxDrawnReports),
      at_us: this.atUs.splice(0, maxDrawnReports),
    };
  }
}
