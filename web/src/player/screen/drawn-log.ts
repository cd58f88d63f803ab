/** Which pictures were drawn lately. An input names the one that had been drawn last at its moment (LIVE-33). */
interface Drawn {
  readonly step: number;
  readonly atUs: number;
}

/**
 * Events are handled within milliseconds, but a page may be kept from it for seconds while a worker draws on. At 240 pictures a second, the most
 * that a game has, these are 7,200.
 */
const keptUs = 30_000_000;

export class DrawnLog {
  /** By time; the first is the one that had been drawn last when the time that is kept began. */
  private readonly entries: Drawn[] = [];

  add(step: number, atUs: number): void {
    this.entries.push({ step, atUs });
    while ((this.entries[1]?.atUs ?? atUs) <= atUs - keptUs) this.entries.shift();
  }

  /** The picture that had been drawn last at a moment, which lies before its handling; 0 where none is known to have been drawn by then. */
  findStepAt(clientUs: number): number {
    return this.entries.findLast(({ atUs }) => atUs <= clientUs)?.step ?? 0;
  }
}
