/** LIVE-50: a burst of pings when a machine is met for the first time, then a steady few. The best samples go back to the server as `clock`. */
import type { ClientMessage, ClockMessage } from "@/protocol/client-messages";
import type { PongMessage } from "@/protocol/server-messages";
import type { Time } from "../time";

const burstLength = 30;
const burstIntervalMs = 25;
/** LIVE-14 asks for one every 5 s at least; every 2 keeps the latency that the player sees fresh. */
const steadyIntervalMs = 2000;
const reportEvery = 10;

export class Pings {
  private readonly time: Time;
  private readonly send: (message: ClientMessage) => void;
  private readonly onRoundTrip: (roundTripUs: number) => void;
  private nextId = 1;
  /** The machine whose clock is measured, and the first ping of its burst. */
  private serverBoot: string | null = null;
  private burstId = 1;
  private best: { roundTripUs: number; sample: ClockMessage } | null = null;
  private cancel: () => void = () => {};

  constructor(
    time: Time,
    send: (message: ClientMessage) => void,
    onRoundTrip: (roundTripUs: number) => void,
  ) {
    this.time = time;
    this.send = send;
    this.onRoundTrip = onRoundTrip;
  }

  /** Called when a connection stands. Another machine has another clock, of which nothing is known yet. */
  start(serverBoot: string): void {
    this.cancel();
    if (serverBoot !== this.serverBoot) {
      this.serverBoot = serverBoot;
      this.burstId = this.nextId;
      this.best = null;
    }
    this.ping();
  }

  stop(): void {
    this.cancel();
  }

  pong(pong: PongMessage, receivedUs: number): void {
    const { id, client_us: t0, t1_server_us: t1, t2_server_us: t2 } = pong;
    const roundTripUs = receivedUs - t0 - (t2 - t1);
    const sample: ClockMessage = {
      type: "clock",
      t0_client_us: t0,
      t1_server_us: t1,
      t2_server_us: t2,
      t3_client_us: receivedUs,
    };
    this.onRoundTrip(roundTripUs);
    const place = this.findPlace(id);
    if (place > burstLength) {
      if (place % reportEvery === 0) this.send(sample);
      return;
    }
    // The shortest round trip bounds the offset's error best (LIVE-51).
    if (this.best === null || roundTripUs < this.best.roundTripUs) this.best = { roundTripUs, sample };
    if (place % reportEvery === 0 && place < burstLength) this.send(sample);
    if (place === burstLength) this.send(this.best.sample);
  }

  private ping(): void {
    const id = this.nextId;
    this.nextId += 1;
    const isBurst = this.findPlace(id) < burstLength;
    this.send({ type: "ping", id, client_us: this.time.nowUs() });
    this.cancel = this.time.after(isBurst ? burstIntervalMs : steadyIntervalMs, () => this.ping());
  }

  /** From 1, since the machine was met. */
  private findPlace(id: number): number {
    return id - this.burstId + 1;
  }
}
