/** The engine in a worker, as the page has it: every call goes there, and what is told there is told here. */
import { pageFailed, unreachable } from "@/api/refusal";
import type { Command } from "@/protocol/client-messages";
import type { ResumeKey, TicketOffice } from "../drivers/ticket";
import { type Call, makeCall, postCalls, reply } from "./calls";
import type { Engine, EngineListener, TimedInput } from "./engine";
import { type Beginning, engineCalls, type Page } from "./threads";
import EngineWorker from "./worker?worker";

export interface WorkerSettings {
  readonly canvas: HTMLCanvasElement;
  readonly office: TicketOffice;
  readonly resume: ResumeKey | null;
  readonly isRecorded: boolean;
}

export function canDrawInWorker(): boolean {
  return typeof Worker === "function" && "transferControlToOffscreen" in HTMLCanvasElement.prototype;
}

export class EngineInWorker implements Engine {
  private readonly settings: WorkerSettings;
  private readonly listener: EngineListener;
  private worker: Worker | null = null;
  /** Null until the worker has the canvas, and so everything that can be called. */
  private there: Engine | null = null;
  private isVisible = true;

  constructor(settings: WorkerSettings, listener: EngineListener) {
    this.settings = settings;
    this.listener = listener;
  }

  open(): void {
    if (this.there !== null) this.there.open();
    else this.load();
  }

  tryNow(): void {
    this.there?.tryNow();
  }

  stopWaiting(): void {
    this.there?.stopWaiting();
  }

  input(input: TimedInput): void {
    this.there?.input(input);
  }

  command(command: Command): void {
    this.there?.command(command);
  }

  show(isVisible: boolean): void {
    this.isVisible = isVisible;
    this.there?.show(isVisible);
  }

  playOn(port: MessagePort | null): void {
    this.there?.playOn(port);
  }

  close(): void {
    const { worker, there } = this;
    if (worker === null) return;
    worker.onmessage = null;
    worker.onerror = () => worker.terminate();
    if (there === null) worker.terminate();
    else there.close();
  }

  private load(): void {
    const { office } = this.settings;
    const worker = new EngineWorker();
    const page: Page = {
      ready: () => this.begin(worker),
      tell: (call) => makeCall<EngineListener>(this.listener, call),
      requestTicket: (resume, port) => void reply(port, office.requestTicket(resume)),
      fetchEnd: (episodeId, port) => void reply(port, office.fetchEnd(episodeId)),
    };
    worker.onmessage = ({ data }: MessageEvent<Call<Page>>) => makeCall<Page>(page, data);
    worker.onerror = () => this.fail(worker);
    this.worker = worker;
    this.listener.connection({ kind: "connecting" });
  }

  /** The canvas is handed over only now: one whose worker never came can be given to the next. */
  private begin(worker: Worker): void {
    const { canvas: element, resume, isRecorded } = this.settings;
    const canvas = element.transferControlToOffscreen();
    const pageTimeOriginMs = performance.timeOrigin;
    worker.postMessage({ canvas, pageTimeOriginMs, resume, isRecorded } satisfies Beginning, [canvas]);
    this.there = postCalls<Engine>(engineCalls, (call, transfer) => worker.postMessage(call, transfer));
    this.there.show(this.isVisible);
    this.there.open();
  }

  /**
   * Its file could not be had, or nobody caught an exception in it. One that has the canvas takes it along: no other can draw on it. A game under way
   * is paused by the end of its socket.
   */
  private fail(worker: Worker): void {
    worker.onmessage = null;
    worker.onerror = null;
    worker.terminate();
    const refusal = this.there === null ? unreachable() : pageFailed();
    this.listener.connection({ kind: "refused", refusal: refusal.facts });
  }
}
