/**
 * Where pictures come from and inputs go to. The player knows only this face; behind it stands a server (`live.ts`), a made-up game (`fake.ts`),
 * or, later, a recording.
 */
import type { Refusal } from "@/api/refusal";
import type { Command, InputEvent } from "@/protocol/client-messages";
import type { Close } from "@/protocol/close-codes";
import type { ChangedBytes, PictureFormat, PictureHeader } from "@/protocol/picture";
import type { EndedMessage, NoticeMessage, StateMessage, Welcome } from "@/protocol/server-messages";

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "reconnecting"; readonly attempt: number }
  | { readonly kind: "refused"; readonly refusal: Refusal }
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
  pending(codes: readonly string[]): void;
  notice(notice: NoticeMessage): void;
  ended(ended: EndedMessage): void;
  roundTrip(roundTripUs: number): void;
}

export interface Driver {
  open(listener: DriverListener): void;
  input(input: StampedInput): void;
  command(command: Command): void;
  drawn(step: number, atUs: number): void;
  /** Leaves for good; the listener hears nothing more. */
  close(): void;
}
