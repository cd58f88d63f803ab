/** How well the game is being played through the line: for the indicator, read once a second. */
export interface Quality {
  /** The newest round trips' median; null before the first. */
  readonly latencyMs: number | null;
  readonly picturesPerS: number;
  /** For which there was no room (`drivers/sent-inputs.ts`): the server has them, and could not be given them again. */
  readonly inputsDropped: number;
}

export function isSameQuality(one: Quality, other: Quality): boolean {
  return (
    one.latencyMs === other.latencyMs &&
    one.picturesPerS === other.picturesPerS &&
    one.inputsDropped === other.inputsDropped
  );
}

const windowUs = 1_000_000;
const latencySamples = 5;

export class Statistics {
  private drawnAtUs: number[] = [];
  private roundTripsUs: number[] = [];

  drawn(atUs: number): void {
    this.drawnAtUs.push(atUs);
    if (this.drawnAtUs.length > 480) this.drawnAtUs.splice(0, 240);
  }

  roundTrip(us: number): void {
    this.roundTripsUs = [...this.roundTripsUs.slice(1 - latencySamples), us];
  }

  read(nowUs: number): Omit<Quality, "inputsDropped"> {
    this.drawnAtUs = this.drawnAtUs.filter((atUs) => atUs > nowUs - windowUs);
    const sorted = this.roundTripsUs.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    return {
      latencyMs: median === undefined ? null : Math.round(median / 1000),
      picturesPerS: this.drawnAtUs.length,
    };
  }
}
