/** The driver behind which a server stands: LIVE.md, from the ticket to the last close. */
import { Refusal } from "@/api/refusal";
import {
  type ClientMessage,
  type Command,
  encodeClientMessage,
  type InputMessage,
} from "@/protocol/client-messages";
import { type Close, parseClose } from "@/protocol/close-codes";
import { liveSubprotocol } from "@/protocol/limits";
import { PictureBuffer, PictureError, parsePictureFormat, parsePictureHeader } from "@/protocol/picture";
import {
  type EndedMessage,
  parseServerMessage,
  type ServerMessage,
  type StateMessage,
  type Welcome,
} from "@/protocol/server-messages";
import { isSoundMessage, parseSound } from "@/protocol/sound";
import type { Time } from "../time";
import { computeBackOffMs } from "./back-off";
import { DrawnReports } from "./drawn-reports";
import type { Connection, Driver, DriverListener, StampedInput } from "./driver";
import { Pings } from "./pings";
import { SentInputs } from "./sent-inputs";
import type { ClientFacts, ResumeKey, Ticket, TicketOffice } from "./ticket";

/** LIVE-52 asks for half a second at most. */
const drawnIntervalMs = 400;
/** Where a full server does not say when to ask again. */
const usualWaitS = 10;
/** Pongs come every 2 s; after this long the line is dead, whatever the browser believes. */
const silenceLimitMs = 8000;

/** The part of a WebSocket that is used here. */
export interface Socket {
  binaryType: BinaryType;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface LiveSettings {
  readonly office: TicketOffice;
  readonly openSocket: (path: string, subprotocol: string) => Socket;
  readonly time: Time;
  /** An episode to go on with; null begins a new one. */
  readonly resume: ResumeKey | null;
}

export class LiveDriver implements Driver {
  private readonly settings: LiveSettings;
  private readonly pings: Pings;
  private readonly sentInputs = new SentInputs();
  private isRunning = false;
  /** The first input after a start of which the server has not told yet what came of it. */
  private startedSeq: number | null = null;
  private readonly drawnReports = new DrawnReports();
  private listener: DriverListener | null = null;
  private reported: Connection["kind"] = "connecting";
  private socket: Socket | null = null;
  private resume: ResumeKey | null;
  private buffer: PictureBuffer | null = null;
  private welcome: Welcome | null = null;
  /** Welcome has come on the present socket, so inputs may be sent. */
  private isAttached = false;
  private nextSeq = 1;
  private lastStep = 0;
  private attempt = 0;
  /** Which asking for a ticket is the present one; the answer to another comes too late. */
  private asking = 0;
  /** Why a place is waited for, while one is. */
  private full: Refusal | null = null;
  private heardUs = 0;
  private cancelRetry: () => void = () => {};
  private cancelTicking: () => void = () => {};

  constructor(settings: LiveSettings) {
    this.settings = settings;
    this.resume = settings.resume;
    this.pings = new Pings(
      settings.time,
      (message) => this.send(message),
      (roundTripUs) => this.listener?.roundTrip(roundTripUs),
    );
  }

  open(listener: DriverListener): void {
    this.listener = listener;
    this.attempt = 0;
    this.report({ kind: "connecting" });
    void this.connect();
  }

  tryNow(): void {
    if (this.reported !== "reconnecting" || this.listener === null) return;
    this.cancelRetry();
    // One that is still opening may do so through a network that is gone.
    this.abandonSocket();
    void this.connect();
  }

  stopWaiting(): void {
    if (this.full === null) return;
    this.cancelRetry();
    this.asking += 1;
    this.report({ kind: "refused", refusal: this.full.facts });
    this.full = null;
  }

  input(input: StampedInput): void {
    // Before the first welcome nobody knows the number of the next input.
    if (this.welcome === null) return;
    const message: InputMessage = { type: "input", seq: this.nextSeq, ...input };
    this.nextSeq += 1;
    this.sentInputs.add(message, this.isRunning);
    if (this.isAttached) this.send(message);
  }

  command(command: Command): void {
    // After the end nothing more is recorded, also not when the last pictures were drawn.
    if (command.type === "quit") this.reportDrawn();
    if (!this.isAttached) return;
    if (command.type === "start") this.startedSeq = this.nextSeq;
    this.send(command);
  }

  drawn(step: number, atUs: number): void {
    this.drawnReports.add(step, atUs);
  }

  close(): void {
    this.reportDrawn();
    this.listener = null;
    this.cancelRetry();
    this.abandonSocket();
  }

  private async connect(): Promise<void> {
    this.asking += 1;
    const { asking } = this;
    let ticket: Ticket;
    try {
      ticket = await this.settings.office.requestTicket(this.resume);
      if (asking !== this.asking) return;
      // From here on the episode exists: an attempt that fails goes on with it instead of beginning another.
      this.resume ??= { episode_id: ticket.episode_id, resume_token: null };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (asking === this.asking) this.onRefused(error);
      return;
    }
    this.full = null;
    if (this.listener !== null) this.openSocket(ticket);
  }

  private openSocket({ path, client }: Ticket): void {
    const socket = this.settings.openSocket(path, liveSubprotocol);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.sayHello(client);
    socket.onmessage = ({ data }) => this.onMessage(data);
    socket.onclose = ({ code, reason }) => this.onClose(parseClose(code, reason));
  }

  private sayHello(client: ClientFacts): void {
    const { time } = this.settings;
    this.heardUs = time.nowUs();
    this.send({
      type: "hello",
      played_by: "human",
      ...client,
      client_us: time.nowUs(),
      utc_ms: Math.round(time.utcMs()),
    });
    this.tick();
  }

  /** Everything that happens at intervals while there is a socket. */
  private tick(): void {
    this.cancelTicking = this.settings.time.after(drawnIntervalMs, () => {
      if (this.settings.time.nowUs() - this.heardUs > silenceLimitMs * 1000) {
        this.onClose(parseClose(1006, ""));
        return;
      }
      this.reportDrawn();
      this.tick();
    });
  }

  private reportDrawn(): void {
    if (!this.isAttached) return;
    for (let report = this.drawnReports.take(); report !== null; report = this.drawnReports.take()) {
      this.send(report);
    }
  }

  private onMessage(data: unknown): void {
    this.heardUs = this.settings.time.nowUs();
    if (typeof data === "string") {
      const message = parseServerMessage(data);
      if (message.type === "malformed") this.startOver();
      else if (message.type !== "unknown") this.onServerMessage(message);
    } else if (data instanceof ArrayBuffer) {
      if (isSoundMessage(data)) this.onSound(data);
      else this.onPicture(data);
    }
  }

  private onServerMessage(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        this.onWelcome(message);
        break;
      case "state":
        this.onState(message);
        break;
      case "pending":
        this.listener?.pending(message.codes);
        break;
      case "safe":
        this.sentInputs.forgetBefore(message.durable_store);
        break;
      case "pong":
        this.pings.pong(message, this.heardUs);
        break;
      case "notice":
        this.listener?.notice(message);
        break;
      case "ended":
        this.reportDrawn();
        this.listener?.ended(message);
        break;
    }
  }

  private onState(state: StateMessage): void {
    this.isRunning = state.state === "running";
    // Inputs that followed the start found the game running when they came.
    if (this.isRunning && this.startedSeq !== null) this.sentInputs.mayActFrom(this.startedSeq);
    this.startedSeq = null;
    this.listener?.state(state);
  }

  private onWelcome(welcome: Welcome): void {
    const isFirst = this.welcome === null;
    this.welcome = welcome;
    this.resume = { episode_id: welcome.episode_id, resume_token: welcome.resume_token };
    this.attempt = 0;
    const format = parsePictureFormat(welcome.picture);
    this.buffer = new PictureBuffer(format);
    if (isFirst) this.nextSeq = welcome.last_input_seq + 1;
    else this.resend(welcome);
    this.isAttached = true;
    this.listener?.welcome(welcome, format);
    this.report({ kind: "connected" });
    this.pings.start();
  }

  /** LIVE-36: before any other input, and also when none was lost: the server waits for it. */
  private resend(welcome: Welcome): void {
    const lost = this.sentInputs.batchAfter(welcome.last_input_seq);
    const batches = lost.length === 0 ? [[]] : lost;
    for (const inputs of batches) this.send({ type: "resend", inputs, last_step: this.lastStep });
    // A number that the server has seen is never used twice, also when another page of the same player used it.
    this.nextSeq = Math.max(this.nextSeq, welcome.last_input_seq + 1);
  }

  private onPicture(message: ArrayBuffer): void {
    try {
      const parsed = parsePictureHeader(message);
      if (parsed === null || this.buffer === null) return;
      const { header, payload } = parsed;
      const changed = this.buffer.apply(header, payload);
      this.lastStep = header.step;
      this.sentInputs.learn(header.step, header.inputSeq);
      this.listener?.picture({ ...header, bytes: this.buffer.bytes, changed });
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      this.startOver();
    }
  }

  private onSound(message: ArrayBuffer): void {
    const sound = parseSound(message);
    if (sound !== null) this.listener?.sound(sound);
  }

  /** What came could not be read. A new connection brings a key picture and the whole state. */
  private startOver(): void {
    this.onClose(parseClose(1006, ""));
  }

  private onClose(close: Close): void {
    this.abandonSocket();
    if (close.again === "stop") this.report({ kind: "closed", close });
    else this.retry();
  }

  private onRefused(refusal: Refusal): void {
    if (this.isNeverBegun(refusal)) {
      this.resume = null;
      void this.connect();
      return;
    }
    if (this.welcome !== null && refusal.code === "episode_ended") {
      void this.learnEnd(this.welcome.episode_id, refusal);
      return;
    }
    // On the way back into a game a server that is away or full is waited for; everything else is an answer.
    const mayPass = refusal.status === 0 || refusal.status >= 500 || refusal.code === "episode_in_use";
    const isUnderWay = this.welcome !== null || this.attempt > 0;
    const isWorthWaiting = mayPass && refusal.status !== 507;
    if (isUnderWay && isWorthWaiting) this.retry(refusal.retryAfterS ?? 0);
    else if (refusal.code === "at_capacity") this.waitForPlace(refusal);
    // Whoever waits already keeps their patience with a server that is away for a moment.
    else if (this.full !== null && isWorthWaiting) this.waitForPlace(this.full);
    else this.report({ kind: "refused", refusal: refusal.facts });
  }

  private waitForPlace(refusal: Refusal): void {
    if (this.listener === null) return;
    this.full = refusal;
    const waitMs = Math.max(refusal.retryAfterS ?? usualWaitS, 1) * 1000;
    this.report({
      kind: "waiting",
      refusal: refusal.facts,
      untilUs: this.settings.time.nowUs() + waitMs * 1000,
    });
    this.cancelRetry = this.settings.time.after(waitMs, () => void this.connect());
  }

  /** LIVE-27: the end came while the line was down. */
  private async learnEnd(episodeId: string, refusal: Refusal): Promise<void> {
    let end: EndedMessage | null = null;
    try {
      end = await this.settings.office.fetchEnd(episodeId);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    if (end === null) this.report({ kind: "refused", refusal: refusal.facts });
    else this.listener?.ended(end);
  }

  /** The ticket of a new episode was never used, so there is nothing to go on with. */
  private isNeverBegun({ code }: Refusal): boolean {
    const isNew = this.welcome === null && this.settings.resume === null;
    return isNew && this.resume !== null && code === "unknown_episode";
  }

  private retry(atLeastS = 0): void {
    if (this.listener === null) return;
    this.attempt += 1;
    this.report({ kind: "reconnecting", attempt: this.attempt });
    const waitMs = Math.max(computeBackOffMs(this.attempt), atLeastS * 1000);
    this.cancelRetry = this.settings.time.after(waitMs, () => void this.connect());
  }

  private report(connection: Connection): void {
    this.reported = connection.kind;
    this.listener?.connection(connection);
  }

  private abandonSocket(): void {
    const { socket } = this;
    this.socket = null;
    this.isAttached = false;
    this.startedSeq = null;
    this.pings.stop();
    this.cancelTicking();
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private send(message: ClientMessage): void {
    this.socket?.send(encodeClientMessage(message));
  }
}
