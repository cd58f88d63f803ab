/** The engine, in whichever thread it was made: joins driver and screen, and tells of pictures only what a page shows of them. */
import type { Command } from "@/protocol/client-messages";
import type { PictureFormat } from "@/protocol/picture";
import type { EndedMessage, NoticeMessage, StateMessage, Welcome } from "@/protocol/server-messages";
import type { StepSound } from "@/protocol/sound";
import type { Connection, Driver, DriverListener, Picture } from "../drivers/driver";
import { Screen, type ScreenCanvas } from "../screen/screen";
import { isSameQuality, type Quality, Statistics } from "../statistics";
import type { Time } from "../time";
import type { Engine, EngineListener, Progress, TimedInput } from "./engine";

/** The numbers are there to be read, and each telling renders the page. */
const qualityIntervalMs = 1000;
const stepIntervalMs = 250;

export interface EngineSettings {
  readonly driver: Driver;
  readonly time: Time;
  readonly canvas: ScreenCanvas;
  /** For tests: every picture drawn is told by its hash. */
  readonly isRecorded: boolean;
}

export class EngineHere implements Engine, DriverListener {
  private readonly driver: Driver;
  private readonly time: Time;
  private readonly listener: EngineListener;
  private readonly screen: Screen;
  private readonly statistics = new Statistics();
  private quality: Quality = { latencyMs: null, picturesPerS: 0, inputsDropped: 0 };
  private progress: Progress = { step: 0, score: 0, lives: null, isMoveRefused: false };
  private isRunning = false;
  private soundPort: MessagePort | null = null;
  private cancelTelling: (() => void) | null = null;
  private cancelMeasuring: () => void = () => {};

  constructor({ driver, time, canvas, isRecorded }: EngineSettings, listener: EngineListener) {
    this.driver = driver;
    this.time = time;
    this.listener = listener;
    this.screen = new Screen({
      canvas,
      time,
      onDrawn: (step, atUs) => {
        this.statistics.drawn(atUs);
        driver.drawn(step, atUs);
      },
      onHash: isRecorded ? (drawn) => listener.drawnHash(drawn) : null,
    });
    this.measureQuality();
  }

  open(): void {
    this.driver.open(this);
  }

  tryNow(): void {
    this.driver.tryNow();
  }

  stopWaiting(): void {
    this.driver.stopWaiting();
  }

  input(input: TimedInput): void {
    this.driver.input({ ...input, shown_step: this.screen.log.findStepAt(input.client_us) });
  }

  command(command: Command): void {
    this.driver.command(command);
  }

  show(isVisible: boolean): void {
    this.screen.show(isVisible);
  }

  playOn(port: MessagePort | null): void {
    this.soundPort?.close();
    this.soundPort = port;
  }

  close(): void {
    this.driver.close();
    this.screen.stop();
    this.playOn(null);
    this.cancelTelling?.();
    this.cancelMeasuring();
  }

  // -------------------------------------------------------------------------------------------------- from the driver

  connection(connection: Connection): void {
    this.tellProgress();
    this.listener.connection(connection);
  }

  welcome(welcome: Welcome, format: PictureFormat): void {
    this.screen.setFormat(format);
    this.tellProgress();
    this.listener.welcome(welcome);
  }

  state(state: StateMessage): void {
    this.isRunning = state.state === "running";
    this.tellProgress();
    this.listener.state(state);
  }

  picture(picture: Picture): void {
    this.screen.take(picture);
    const { status, step, invalid } = picture;
    const before = this.progress;
    const score = status?.score ?? before.score;
    const lives = status === null ? before.lives : status.lives;
    this.progress = { step, score, lives, isMoveRefused: invalid };
    const isMore = score !== before.score || lives !== before.lives || invalid !== before.isMoveRefused;
    this.cancelTelling ??= this.time.after(stepIntervalMs, () => this.tellProgress());
    if (isMore || !this.isRunning) this.tellProgress();
  }

  sound({ samples }: StepSound): void {
    this.soundPort?.postMessage(samples, [samples.buffer]);
  }

  pending(codes: readonly string[]): void {
    this.tellProgress();
    this.listener.pending(codes);
  }

  notice(notice: NoticeMessage): void {
    this.tellProgress();
    this.listener.notice(notice);
  }

  ended(ended: EndedMessage): void {
    this.tellProgress();
    this.listener.ended(ended);
  }

  roundTrip(roundTripUs: number): void {
    this.statistics.roundTrip(roundTripUs);
  }

  // ---------------------------------------------------------------------------------------------------------- within

  private tellProgress(): void {
    if (this.cancelTelling === null) return;
    this.cancelTelling();
    this.cancelTelling = null;
    this.listener.progress(this.progress);
  }

  private measureQuality(): void {
    this.cancelMeasuring = this.time.after(qualityIntervalMs, () => {
      const line = this.statistics.read(this.time.nowUs());
      const quality = { ...line, inputsDropped: this.driver.nInputsDropped };
      if (!isSameQuality(quality, this.quality)) this.listener.quality(quality);
      this.quality = quality;
      this.measureQuality();
    });
  }
}
