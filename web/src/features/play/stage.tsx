import { type PointerEvent, type ReactNode, type Ref, type RefObject, useRef } from "react";
import { KeyCap } from "@/components/key-cap";
import type { Size } from "@/player/screen/scale";
import type { NoticeMessage } from "@/protocol/server-messages";
import { explainNotice } from "./explain-notice";
import { useFittedSize } from "./use-fitted-size";

export interface StageProps {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly canvasRef: Ref<HTMLCanvasElement>;
  readonly label: string;
  readonly picture: Size;
  readonly pixelAspect: number;
  /** Its place and its height. */
  readonly className: string;
  /** No higher than its picture can be drawn: more height would only be black. */
  readonly isLimited: boolean;
  /** Null where clicks mean nothing. Fractions of the picture, and the event's own time. */
  readonly onPoint: ((x: number, y: number, eventTimeMs: number) => void) | null;
  /** Null where it does not matter where the mouse is. Likewise. */
  readonly onMove: ((x: number, y: number, eventTimeMs: number) => void) | null;
  readonly pending: readonly string[];
  readonly isMoveRefused: boolean;
  readonly notice: NoticeMessage | null;
  readonly children: ReactNode;
}

/** The glass shows around the picture, in rem. */
const inset = 0.5;

/** The dark glass with the game's pixels in it, and whatever lies over them. */
export function Stage(props: StageProps) {
  const { canvasRef, label, picture, pixelAspect, onPoint, onMove, pending, notice } = props;
  const spaceRef = useRef<HTMLDivElement>(null);
  // All of the stage counts: beside the picture the mouse is at its edge, and what lies over the picture hides nothing.
  const follow = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.querySelector("canvas")?.getBoundingClientRect();
    if (box === undefined) return;
    onMove?.((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, event.timeStamp);
  };
  const fitted = useFittedSize(spaceRef, picture, pixelAspect);
  const heightByWidth = `calc((100cqw - ${2 * inset}rem) * ${picture.height / (picture.width * pixelAspect)} + ${2 * inset}rem)`;
  return (
    <div
      ref={props.ref}
      // The keys are the game's while this has the focus; a screen reader is told what it is.
      tabIndex={-1}
      role="application"
      aria-label={label}
      className={`bezel relative scheme-dark overflow-hidden rounded-lg text-ink outline-none [container-type:size] ${onMove === null ? "touch-manipulation" : "touch-none"} ${props.className}`}
      style={props.isLimited ? { maxHeight: heightByWidth } : undefined}
      onPointerMove={onMove === null ? undefined : follow}
      onPointerDown={onMove === null ? undefined : follow}
    >
      <div ref={spaceRef} className="absolute" style={{ inset: `${inset}rem` }}>
        <canvas
          ref={canvasRef}
          data-testid="screen"
          width={picture.width}
          height={picture.height}
          style={fitted.style}
          className={`absolute ${fitted.isWhole ? "pixelated" : ""} ${onPoint === null ? "" : "cursor-pointer"}`}
          onPointerDown={(event) => {
            if (onPoint === null || event.button !== 0) return;
            const box = event.currentTarget.getBoundingClientRect();
            onPoint(
              (event.clientX - box.left) / box.width,
              (event.clientY - box.top) / box.height,
              event.timeStamp,
            );
          }}
        />
      </div>
      {pending.length > 0 && <Pending codes={pending} isLow={notice !== null} />}
      {props.isMoveRefused && pending.length === 0 && (
        <Strip isLow={notice !== null}>That move isn't allowed.</Strip>
      )}
      {props.children}
      {notice !== null && (
        <p
          role="status"
          className="absolute inset-x-3 top-3 rounded-md bg-raised px-4 py-2.5 text-sm shadow-lg"
        >
          {explainNotice(notice)}
        </p>
      )}
    </div>
  );
}

/** At the top, where it covers nothing that a picture says of its keys; at the bottom only while a notice is there. */
function Strip({ isLow, children }: { readonly isLow: boolean; readonly children: ReactNode }) {
  return (
    <p
      role="status"
      className={`absolute ${isLow ? "bottom-4" : "top-4"} left-1/2 flex -translate-x-1/2 items-center gap-2 rounded-md bg-raised px-4 py-2 shadow-lg`}
    >
      {children}
    </p>
  );
}

/** Keys had so far of a move of several, and the one that is waited for. */
function Pending({ codes, isLow }: { readonly codes: readonly string[]; readonly isLow: boolean }) {
  return (
    <Strip isLow={isLow}>
      {codes.map((code, place) => (
        // A move may have the same key twice; its place is what it is.
        // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows and is emptied at once
        <KeyCap key={place} code={code} isLit />
      ))}
      <span aria-hidden="true" className="text-dim">
        →
      </span>
      <span className="numeric text-accent">?</span>
    </Strip>
  );
}
