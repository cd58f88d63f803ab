/** Which pictures were on the screen lately. An input names the one that its player saw (LIVE-33). */
export interface Drawn {
  readonly step: number;
  readonly atUs: number;
}

/** Events are handled within milliseconds; a busy page may take a second. */
const kept = 240;

export class DrawnLog {
  private entries: Drawn[] = [];

  get newest(): Drawn | null {
    return this.entries.at(-1) ?? null;
  }

  get list(): readonly Drawn[] {
    return this.entries;
  }

  add(step: number, atUs: number): void {
    if (this.entries.length === kept) this.entries.shift();
    this.entries.push({ step, atUs });
  }

  /** The picture that was on the screen at a moment, which lies before its handling. */
  findStepAt(clientUs: number): number {
    const shown = this.entries.findLast(({ atUs }) => atUs <= clientUs) ?? this.entries[0];
    return shown?.step ?? 0;
  }
}
