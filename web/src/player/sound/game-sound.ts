/** The sound of one play: asked of the server when its player wants it, and again after every welcome (LIVE-41). */
import type { Welcome } from "@/protocol/server-messages";
import { parseSoundFormat, type SoundFormat } from "@/protocol/sound";
import type { SoundCounts } from "./sound-buffer";
import { type MakeSpeaker, makeBrowserSpeaker, type Speaker } from "./speaker";

export class GameSound {
  private readonly ask: (on: boolean) => void;
  /** Where the samples are to go. */
  private readonly direct: (port: MessagePort | null) => void;
  /** Null where the browser plays no sound. */
  private readonly makeSpeaker: MakeSpeaker | null;
  private format: SoundFormat | null = null;
  private speaker: Speaker | null = null;
  private isWanted = false;
  private volume = 1;

  constructor(
    ask: (on: boolean) => void,
    direct: (port: MessagePort | null) => void,
    makeSpeaker = makeBrowserSpeaker(),
  ) {
    this.ask = ask;
    this.direct = direct;
    this.makeSpeaker = makeSpeaker;
  }

  get isPossible(): boolean {
    return this.format !== null && this.makeSpeaker !== null;
  }

  welcome(welcome: Welcome): void {
    this.format = parseSoundFormat(welcome.sound);
    if (!this.isPossible || !this.isWanted) return;
    this.open();
    this.ask(true);
  }

  /** To be called from a key or a click: browsers stay silent otherwise. */
  set(isWanted: boolean, volume: number): void {
    const isNew = isWanted !== this.isWanted;
    this.isWanted = isWanted;
    this.volume = volume;
    this.speaker?.setVolume(volume);
    if (!isNew || !this.isPossible) return;
    if (isWanted) this.open();
    else this.close();
    this.ask(isWanted);
  }

  close(): void {
    this.speaker?.close();
    this.speaker = null;
  }

  readCounts(): Promise<SoundCounts | null> {
    return this.speaker?.readCounts() ?? Promise.resolve(null);
  }

  private open(): void {
    if (this.format === null || this.makeSpeaker === null) return;
    this.speaker ??= this.makeSpeaker(this.format, this.volume, this.direct);
  }
}
