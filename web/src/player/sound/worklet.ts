/** The audio thread's side of `speaker.ts`: a file of its own, which the browser loads there. A step's samples are put in, anything else asks for the counts. */
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
    this.port.onmessage = ({ data }) => {
      if (data instanceof Uint8Array) this.buffer.push(data);
      else this.port.postMessage(this.buffer.counts);
    };
  }

  process(_inputs: unknown, outputs: Float32Array[][]): boolean {
    const channel = outputs[0]?.[0];
    if (channel !== undefined) this.buffer.pull(channel);
    return true;
  }
}

registerProcessor("skill-arcade-sound", SoundProcessor);
