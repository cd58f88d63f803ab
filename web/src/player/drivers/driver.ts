/**
 * Where pictures come from and inputs go to. The player knows only this face; behind it stands a server (`live.ts`), a made-up game (`fake.ts`),
 * or, later, a recording.
 */
import type { RefusalFacts } from "@/api/refusal";
import type { Command, InputEvent } from "@/protocol/client-messages";
import type { Close } from "@/protocol/close-codes";
import type { ChangedBytes, PictureFormat, PictureHeader } from "@/protocol/picture";
import type { EndedMessage, NoticeMessage, StateMessage, Welcome } from "@/protocol/server-messages";
import type { StepSound } from "@/protocol/sound";

/** On the way back into a game. It is tried again by itself at `untilUs`; `refusal` is what was answered last, null where nothing was. */
export interface Reconnecting {
  readonly kind: "reconnecting";
  readonly attempt: number;
  readonly untilUs: number;
  readonly refusal: RefusalFacts | null;
}

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  /** Every place is taken; it is asked for again by itself at `untilUs`. */
  | { readonly kind: "waiting"; readonly refusal: RefusalFacts; readonly untilUs: number }
  | Reconnecting
  | { readonly kind: "refused"; readonly refusal: RefusalFacts }
  | { readonly kind: "closed"; readonly close: Close };

export interface Picture extends PictureHeader {
  /** The whole picture. The driver's own buffer: good until the next one comes. */
  readonly bytes: Uint8Array;
  readonly changed: ChangedBytes;
}

/** An input as the player knows it; the driver numbers it. */
export type StampedInput = InputEvent & {
  readonly client_us: number;
  readonly shown_step: number;
  readonly held: readonly string[];
};

export interface DriverListener {
  connection(connection: Connection): void;
  welcome(welcome: Welcome, format: PictureFormat): void;
  state(state: StateMessage): void;
  picture(picture: Picture): void;
  /** Only after it was asked for (LIVE-41). */
  sound(sound: StepSound): void;
  pending(codes: readonly string[]): void;
  notice(notice: NoticeMessage): void;
  ended(ended: EndedMessage): void;
  roundTrip(roundTripUs: number): void;
}

export interface Driver {
  /** Inputs that could not be kept for a server that might lose them (LIVE-36). */
  readonly nInputsDropped: number;
  /** Also once more after it was refused or closed: it goes on with the episode that it has, if it has one. */
  open(listener: DriverListener): void;
  /** Ends the wait between two attempts of "reconnecting"; else it does nothing. */
  tryNow(): void;
  /** Ends "waiting" with the refusal that began it. */
  stopWaiting(): void;
  input(input: StampedInput): void;
  command(command: Command): void;
  drawn(step: number, atUs: number): void;
  /** Leaves for good; the listener hears nothing more. */
  close(): void;
}
