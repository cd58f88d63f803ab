/** Which pictures were drawn lately. An input names the one that had been drawn last at its moment (LIVE-33). */
interface Drawn {
  readonly step: number;
  readonly atUs: number;
}

/** Events are handled within milliseconds; a busy page may take a second. */
const kept = 240;

export class DrawnLog {
  private entries: Drawn[] = [];

  add(step: number, atUs: number): void {
    if (this.entries.length === kept) this.entries.shift();
    this.entries.push({ step, atUs });
  }

  /** The picture that had been drawn last at a moment, which lies before its handling. */
  findStepAt(clientUs: number): number {
    const shown = this.entries.findLast(({ atUs }) => atUs <= clientUs) ?? this.entries[0];
    return shown?.step ?? 0;
  }
}
