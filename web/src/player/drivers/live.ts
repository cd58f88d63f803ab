/** The driver behind which a server stands: LIVE.md, from the ticket to the last close. */
import { Refusal, unreachable } from "@/api/refusal";
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
import { Resending } from "./resending";
import { SentInputs } from "./sent-inputs";
import type { ClientFacts, ResumeKey, Ticket, TicketOffice } from "./ticket";

/** LIVE-52 asks for half a second at most. */
const drawnIntervalMs = 400;
/** Where a full server does not say when to ask again. */
const usualWaitS = 10;
/** On the way back: a server that says "in an hour" is asked sooner, since another one may answer. */
const longestWaitS = 60;
/** Pongs come every 2 s; after this long the line is dead, whatever the browser believes. */
const silenceLimitMs = 8000;
/** Before its welcome a server says nothing while it brings a game from another machine, or puts it back from its record. */
const welcomeLimitMs = 20_000;
/** An answer to the ticket's request; what carries it may wait for minutes for a machine that is gone. */
const ticketLimitMs = 20_000;

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
  private readonly resending: Resending;
  /** What the player has asked for while inputs are sent once more, which come first. */
  private waitingCommands: Command[] = [];
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
  /** Welcome has come on the present socket. */
  private isWelcome = false;
  /** And what was owed has been sent, so inputs may be. */
  private isAttached = false;
  private nextSeq = 1;
  /** The newest picture that there was. The game may have to go on from an older one; then this stays until it runs. */
  private lastStep = 0;
  /** The game was opened in another window, and went on there. */
  private wasElsewhere = false;
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
    const send = (message: ClientMessage) => this.send(message);
    this.pings = new Pings(settings.time, send, (roundTripUs) => this.listener?.roundTrip(roundTripUs));
    this.resending = new Resending(settings.time, send, this.sentInputs);
  }

  get nInputsDropped(): number {
    return this.sentInputs.nDropped;
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
    if (this.isAttached) {
      if (command.type === "start") this.startedSeq = this.nextSeq;
      this.send(command);
    } else if (this.isWelcome) {
      this.waitingCommands = [...this.waitingCommands.filter(({ type }) => type !== command.type), command];
    }
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
    const { time } = this.settings;
    // One that begins an episode is waited for: its ticket is a place that is kept.
    const cancelLimit =
      this.resume === null ? () => {} : time.after(ticketLimitMs, () => this.giveUpAsking(asking));
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
    } finally {
      cancelLimit();
    }
    this.full = null;
    if (this.listener !== null) this.openSocket(ticket);
  }

  private giveUpAsking(asking: number): void {
    if (asking !== this.asking) return;
    this.asking += 1;
    this.onRefused(unreachable());
  }

  private openSocket({ path, client }: Ticket): void {
    const socket = this.settings.openSocket(path, liveSubprotocol);
    this.socket = socket;
    this.heardUs = this.settings.time.nowUs();
    this.tick();
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
  }

  /** Everything that happens at intervals while there is a socket. */
  private tick(): void {
    this.cancelTicking = this.settings.time.after(drawnIntervalMs, () => {
      const limitMs = this.isWelcome ? silenceLimitMs : welcomeLimitMs;
      if (this.settings.time.nowUs() - this.heardUs > limitMs * 1000) {
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
    // Pictures come before what is told after them, so all that was acted on has been shown. In turns a key may be the first of several.
    const isRealtime = this.welcome?.pacing.mode === "realtime";
    if (isRealtime && !this.isRunning && state.step === this.lastStep) this.sentInputs.standStill();
    this.listener?.state(state);
    if (this.isRunning) this.tellLostSteps(state);
  }

  /** Steps that were lost with their machine have been made again by now, if they can be. */
  private tellLostSteps({ step }: StateMessage): void {
    const isBack = step < this.lastStep;
    this.lastStep = step;
    if (isBack) this.listener?.notice({ type: "notice", code: "steps_lost", text: "Some steps were lost." });
  }

  private onWelcome(welcome: Welcome): void {
    const isFirst = this.welcome === null;
    this.welcome = welcome;
    this.resume = { episode_id: welcome.episode_id, resume_token: welcome.resume_token };
    this.attempt = 0;
    const format = parsePictureFormat(welcome.picture);
    this.buffer = new PictureBuffer(format);
    this.isWelcome = true;
    this.drawnReports.forgetAfter(welcome.step);
    if (isFirst) {
      this.nextSeq = welcome.last_input_seq + 1;
      this.isAttached = true;
    } else this.resend(welcome);
    this.listener?.welcome(welcome, format);
    this.report({ kind: "connected" });
    this.pings.start(welcome.server_boot);
  }

  /** LIVE-36: before any other input, and also when none was lost: the server waits for it. */
  private resend({ last_input_seq, step }: Welcome): void {
    // Where the game went on elsewhere, what this page knows is of another game by now.
    if (this.wasElsewhere || last_input_seq >= this.nextSeq) {
      this.sentInputs.forgetAll();
      this.nextSeq = last_input_seq + 1;
      this.lastStep = step;
    }
    this.wasElsewhere = false;
    const { knownUntil, nextSeq } = this.sentInputs.offerAfter(last_input_seq, this.nextSeq, step);
    this.nextSeq = nextSeq;
    const lastStep = Math.min(this.lastStep, knownUntil ?? this.lastStep);
    this.resending.begin(last_input_seq, lastStep, () => this.attach());
  }

  private attach(): void {
    this.isAttached = true;
    const commands = this.waitingCommands;
    this.waitingCommands = [];
    for (const command of commands) this.command(command);
  }

  private onPicture(message: ArrayBuffer): void {
    try {
      const parsed = parsePictureHeader(message);
      if (parsed === null || this.buffer === null) return;
      const { header, payload } = parsed;
      const changed = this.buffer.apply(header, payload);
      this.lastStep = Math.max(this.lastStep, header.step);
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
    this.wasElsewhere ||= close.reason === "superseded";
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
    // On the way back into a game a server that is away or full is waited for, and so is what stands in between and knows no such address. Everything
    // else is an answer.
    const { status, code } = refusal;
    const mayPass = status === 0 || status >= 500 || code === "episode_in_use" || code === "unexpected";
    if (mayPass && this.isUnderWay(refusal)) this.retry(refusal);
    else if (code === "at_capacity") this.waitForPlace(refusal);
    // Whoever waits already keeps their patience with a server that is away for a moment.
    else if (this.full !== null && mayPass && status !== 507) this.waitForPlace(this.full);
    else this.report({ kind: "refused", refusal: refusal.facts });
  }

  /** A game that was left counts too where the server says when: another one is about to let go of it. */
  private isUnderWay({ status, code, retryAfterS }: Refusal): boolean {
    const isLetGo = this.settings.resume !== null && status >= 500 && retryAfterS !== null;
    return this.welcome !== null || this.attempt > 0 || (isLetGo && code !== "at_capacity");
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

  private retry(refusal: Refusal | null = null): void {
    if (this.listener === null) return;
    const { time } = this.settings;
    this.attempt += 1;
    const atLeastMs = Math.min(refusal?.retryAfterS ?? 0, longestWaitS) * 1000;
    const waitMs = Math.max(computeBackOffMs(this.attempt), atLeastMs);
    this.report({
      kind: "reconnecting",
      attempt: this.attempt,
      untilUs: time.nowUs() + waitMs * 1000,
      refusal: refusal?.facts ?? null,
    });
    this.cancelRetry = time.after(waitMs, () => void this.connect());
  }

  private report(connection: Connection): void {
    this.reported = connection.kind;
    this.listener?.connection(connection);
  }

  private abandonSocket(): void {
    const { socket } = this;
    this.socket = null;
    this.isWelcome = false;
    this.isAttached = false;
    // Nothing that is made without a connection makes a step.
    this.isRunning = false;
    this.startedSeq = null;
    this.waitingCommands = [];
    this.pings.stop();
    this.resending.stop();
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
