/** The audio thread's side of `speaker.ts`: a file of its own, which the browser loads there. A port that comes brings a step's samples in each message; a message without one asks for the counts. */
import { SoundBuffer, type SoundBufferSettings } from "./sound-buffer";

// What an AudioWorkletGlobalScope has; TypeScript's DOM library describes windows only.
declare const sampleRate: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;

interface Options {
  readonly processorOptions: Omit<SoundBufferSettings, "outputHz">;
}

class SoundProcessor extends AudioWorkletProcessor {
  private readonly buffer: SoundBuffer;

  constructor({ processorOptions }: Options) {
    super();
    this.buffer = new SoundBuffer({ ...processorOptions, outputHz: sampleRate });
    this.port.onmessage = ({ ports: [samples] }) => {
      if (samples === undefined) this.port.postMessage(this.buffer.counts);
      else samples.onmessage = ({ data }) => this.buffer.push(data);
    };
  }

  process(_inputs: unknown, outputs: Float32Array[][]): boolean {
    const channel = outputs[0]?.[0];
    if (channel !== undefined) this.buffer.pull(channel);
    return true;
  }
}

registerProcessor("skill-arcade-sound", SoundProcessor);
