/**
 * The browser's loudspeaker for one game: context, worklet, volume. It is made when its player asks for sound, never before. Samples go straight to
 * the audio thread, from whichever thread they come to: this side only says by which port.
 */
import type { SoundFormat } from "@/protocol/sound";
import type { SoundCounts } from "./sound-buffer";
import workletUrl from "./worklet?worker&url";

/** How long a change of volume takes, so that it makes no click. */
const glideS = 0.01;
const closeMs = 100;

export interface Speaker {
  /** 0 to 1, as the ear goes. */
  setVolume(volume: number): void;
  close(): void;
  readCounts(): Promise<SoundCounts | null>;
}

/** `direct` is told where samples go from now on; null while there is nothing that plays them. */
export type MakeSpeaker = (
  format: SoundFormat,
  volume: number,
  direct: (port: MessagePort | null) => void,
) => Speaker;

/** Null where there is nothing to play on: browsers give a page that came over plain HTTP from another machine no worklets. */
export function makeBrowserSpeaker(): MakeSpeaker | null {
  const isPossible = typeof AudioContext === "function" && typeof AudioWorkletNode === "function";
  return isPossible ? (...args) => new BrowserSpeaker(...args) : null;
}

class BrowserSpeaker implements Speaker {
  private readonly context: AudioContext;
  private readonly gain: GainNode;
  private readonly listening = new AbortController();
  private readonly direct: Parameters<MakeSpeaker>[2];
  private node: AudioWorkletNode | null = null;

  constructor(...[{ rateHz, samplesPerStep }, volume, direct]: Parameters<MakeSpeaker>) {
    this.direct = direct;
    this.context = openContext(rateHz);
    this.gain = new GainNode(this.context, { gain: computeGain(volume) });
    this.gain.connect(this.context.destination);
    // A browser that wants to see a gesture first gets the next one.
    const wake = () => void this.context.resume();
    const { signal } = this.listening;
    addEventListener("keydown", wake, { signal });
    addEventListener("pointerdown", wake, { signal });
    this.context.addEventListener("statechange", () => this.join(), { signal });
    // Without its worklet, which a bad line may keep away, it stays silent; turning sound off and on tries again.
    this.load({ rateHz, samplesPerStep }).catch(() => {});
  }

  setVolume(volume: number): void {
    this.gain.gain.setTargetAtTime(computeGain(volume), this.context.currentTime, glideS);
  }

  close(): void {
    this.listening.abort();
    this.direct(null);
    this.setVolume(0);
    setTimeout(() => void this.context.close(), closeMs);
  }

  readCounts(): Promise<SoundCounts | null> {
    const { node } = this;
    if (node === null) return Promise.resolve(null);
    return new Promise((resolve) => {
      node.port.onmessage = ({ data }: MessageEvent<SoundCounts>) => resolve(data);
      node.port.postMessage(null);
    });
  }

  private async load(processorOptions: SoundFormat): Promise<void> {
    await this.context.audioWorklet.addModule(workletUrl);
    if (this.listening.signal.aborted) return;
    this.node = new AudioWorkletNode(this.context, "skill-arcade-sound", {
      numberOfInputs: 0,
      outputChannelCount: [1],
      processorOptions,
    });
    this.node.connect(this.gain);
    this.join();
  }

  private join(): void {
    // What is not running takes nothing out: what came meanwhile would only be late.
    if (this.node === null || this.context.state !== "running") this.direct(null);
    else {
      const { port1, port2 } = new MessageChannel();
      this.node.port.postMessage(null, [port1]);
      this.direct(port2);
    }
  }
}

/** At the game's own rate, where the browser has it; else the buffer converts. */
function openContext(rateHz: number): AudioContext {
  try {
    return new AudioContext({ sampleRate: rateHz, latencyHint: "interactive" });
  } catch {
    return new AudioContext({ latencyHint: "interactive" });
  }
}

/** Loudness goes by about the square. */
function computeGain(volume: number): number {
  return volume * volume;
}
