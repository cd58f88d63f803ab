/**
 * Between the network, which brings a step's samples at a time and not always in time, and the loudspeaker, which takes some samples every few
 * milliseconds and never waits. It runs in the audio thread and knows nothing of it.
 */
export interface SoundBufferSettings {
  /** Samples in a second, as they come. */
  readonly rateHz: number;
  readonly samplesPerStep: number;
  /** Samples in a second, as they are taken. */
  readonly outputHz: number;
}

export interface SoundCounts {
  /** Steps whose sound has come. */
  readonly steps: number;
  /** Samples that were played and were not silence. */
  readonly loudSamples: number;
  /** How often nothing was left to be played: in a pause, or because the line was slow. */
  readonly gaps: number;
  /** Samples that were left out to catch up. */
  readonly droppedSamples: number;
  /** What waits to be played now. */
  readonly waitingMs: number;
}

/** What waits besides the step that comes next: the unevenness of the line that nobody hears. At 60 Hz this makes four steps. */
const marginS = 0.05;
/** So much more may wait; then sound would be noticeably late, and some is left out. */
const excessS = 0.05;
const fadeS = 0.005;
/** Two clocks never run alike. Half a percent of pitch is not heard, and makes up for any that are not broken. */
const mostCorrection = 0.005;
const silence = 128;

export class SoundBuffer {
  private readonly settings: SoundBufferSettings;
  private readonly ring: Uint8Array;
  private readonly target: number;
  private readonly limit: number;
  /** Samples that have come, and those that are over; the latter may end within a sample. */
  private written = 0;
  private read = 0;
  private isPlaying = false;
  /** The sample that is being heard, from -1 to 1, and how much of it. */
  private level = 0;
  private envelope = 0;
  /** What has waited lately, on an average of about a second. */
  private usual = 0;
  private steps = 0;
  private loudSamples = 0;
  private gaps = 0;
  private droppedSamples = 0;

  constructor(settings: SoundBufferSettings) {
    const { rateHz, samplesPerStep } = settings;
    this.settings = settings;
    this.target = Math.ceil(samplesPerStep + marginS * rateHz);
    this.limit = Math.ceil(this.target + excessS * rateHz);
    this.ring = new Uint8Array(this.limit + samplesPerStep);
  }

  get counts(): SoundCounts {
    const { steps, loudSamples, gaps, droppedSamples } = this;
    return {
      steps,
      loudSamples,
      gaps,
      droppedSamples,
      waitingMs: (1000 * this.waiting) / this.settings.rateHz,
    };
  }

  /** A step's samples, or fewer. */
  push(samples: Uint8Array): void {
    this.steps += 1;
    for (const sample of samples.subarray(0, this.settings.samplesPerStep)) {
      this.ring[this.written % this.ring.length] = sample;
      this.written += 1;
    }
    if (this.waiting > this.limit) this.catchUp();
  }

  /** Fills `output` with what is to be heard next. */
  pull(output: Float32Array): void {
    const { outputHz } = this.settings;
    if (!this.isPlaying && this.waiting >= this.target) this.begin();
    const stride = this.computeStride(output.length / outputHz);
    const fade = 1 / (fadeS * outputHz);
    for (let index = 0; index < output.length; index += 1) {
      if (this.isPlaying) this.advance(stride);
      // Where there is nothing the last sample is held and faded out, so that running dry makes no click.
      this.envelope = this.isPlaying ? Math.min(1, this.envelope + fade) : Math.max(0, this.envelope - fade);
      output[index] = this.level * this.envelope;
      if (output[index] !== 0) this.loudSamples += 1;
    }
  }

  private get waiting(): number {
    return this.written - this.read;
  }

  private begin(): void {
    this.isPlaying = true;
    this.usual = this.target;
  }

  /** The game's waves are made of jumps; one more, where something was left out, is none that is heard as a click. */
  private catchUp(): void {
    const dropped = Math.floor(this.waiting) - this.target;
    this.read += dropped;
    this.droppedSamples += dropped;
    this.usual = this.target;
  }

  /** How many samples go by for each one of the output. As long as no more than a step is missing or left over, it is exactly the ratio of the rates. */
  private computeStride(passedS: number): number {
    const { rateHz, samplesPerStep, outputHz } = this.settings;
    this.usual += (this.waiting - this.usual) * Math.min(1, passedS);
    const excess = (this.usual - this.target) / samplesPerStep;
    const correction = Math.abs(excess) < 1 ? 0 : mostCorrection * Math.sign(excess);
    return (rateHz / outputHz) * (1 + correction);
  }

  private advance(stride: number): void {
    const whole = Math.floor(this.read);
    if (whole + 1 >= this.written) {
      this.isPlaying = false;
      this.gaps += 1;
      return;
    }
    const part = this.read - whole;
    const here = this.at(whole);
    this.level = part === 0 ? here : here + part * (this.at(whole + 1) - here);
    this.read += stride;
  }

  private at(position: number): number {
    return ((this.ring[position % this.ring.length] as number) - silence) / silence;
  }
}
