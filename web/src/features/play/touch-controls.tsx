import type { PointerEvent } from "react";
import { keyLight } from "@/components/key-cap";
import { type Direction, findDirections } from "@/player/input/pad";
import { useLight } from "./lights";
import type { TouchKey, TouchPlan } from "./touch-plan";

/** A finger, the keys that it lies on, the event's own time. No key: it was lifted. */
type OnTouch = (finger: number, codes: readonly string[], eventTimeMs: number) => void;

/** What presses a button without a pointer, such as a screen reader, is a finger of this number. */
const noPointer = -1;

/** A word that is too long for a button at the usual size. */
const longest = /\S{9,}/;

const surface =
  "touch-none select-none [-webkit-touch-callout:none] [-webkit-tap-highlight-color:transparent]";

/** Keys for fingers: the pad at the left thumb, the buttons at the right one. On a wide screen they stand at the picture's two sides. */
export function TouchControls({
  plan,
  hasDiagonals,
  isActive,
  onTouch,
}: {
  readonly plan: TouchPlan;
  readonly hasDiagonals: boolean;
  readonly isActive: boolean;
  readonly onTouch: OnTouch;
}) {
  const hasPad = Object.keys(plan.pad).length > 0;
  // Without a pad both thumbs have buttons.
  const middle = hasPad ? 0 : Math.floor(plan.buttons.length / 2);
  const [left, right] = [plan.buttons.slice(0, middle), plan.buttons.slice(middle)];
  const side = `landscape:row-start-2 landscape:self-end ${isActive ? "" : "opacity-60"}`;
  return (
    <div className="mt-auto flex items-end justify-between gap-4 pb-2 landscape:contents">
      <div className={`shrink-0 landscape:col-start-1 ${side}`}>
        {hasPad ? (
          <Pad pad={plan.pad} hasDiagonals={hasDiagonals} onTouch={onTouch} />
        ) : (
          <Buttons keys={left} className="flex-row" onTouch={onTouch} />
        )}
      </div>
      <div className={`landscape:col-start-3 ${side}`}>
        <Buttons keys={right} className="flex-row-reverse" onTouch={onTouch} />
      </div>
    </div>
  );
}

/** The first is where the thumb rests, at the lower outer edge. */
function Buttons({
  keys,
  className,
  onTouch,
}: {
  readonly keys: readonly TouchKey[];
  readonly className: string;
  readonly onTouch: OnTouch;
}) {
  return (
    <div className={`flex max-w-36 flex-wrap-reverse gap-2 ${className}`}>
      {keys.map((key) => (
        <RoundButton key={key.code} touchKey={key} onTouch={onTouch} />
      ))}
    </div>
  );
}

/** One finger may slide from direction to direction without being lifted. */
function Pad({
  pad,
  hasDiagonals,
  onTouch,
}: {
  readonly pad: TouchPlan["pad"];
  readonly hasDiagonals: boolean;
  readonly onTouch: OnTouch;
}) {
  const isRow = pad.up === undefined && pad.down === undefined;
  const isColumn = pad.left === undefined && pad.right === undefined;
  const place = ({ currentTarget, clientX, clientY, pointerId, timeStamp }: PointerEvent) => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    const x = ((clientX - left) / width) * 2 - 1;
    const y = ((clientY - top) / height) * 2 - 1;
    const meant = findDirections(x, y, (direction) => pad[direction] !== undefined, hasDiagonals);
    onTouch(
      pointerId,
      meant.flatMap((direction) => pad[direction]?.code ?? []),
      timeStamp,
    );
  };
  const lift = ({ pointerId, timeStamp }: PointerEvent) => onTouch(pointerId, [], timeStamp);
  const cell = (direction: Direction, where: string) => {
    const touchKey = pad[direction];
    return touchKey === undefined ? null : (
      <PadCell direction={direction} touchKey={touchKey} where={where} onTouch={onTouch} />
    );
  };
  const shape = isRow
    ? "grid-cols-2 w-44 h-24"
    : isColumn
      ? "grid-rows-2 w-24 h-40"
      : "grid-cols-3 grid-rows-3 size-40";
  return (
    <fieldset
      aria-label="Directions"
      className={`grid gap-1 ${shape} ${surface}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        place(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) place(event);
      }}
      onPointerUp={lift}
      onPointerCancel={lift}
      onLostPointerCapture={lift}
      onContextMenu={(event) => event.preventDefault()}
    >
      {cell("up", isColumn ? "" : "col-start-2 row-start-1")}
      {cell("left", isRow ? "" : "col-start-1 row-start-2")}
      {cell("right", isRow ? "" : "col-start-3 row-start-2")}
      {cell("down", isColumn ? "" : "col-start-2 row-start-3")}
    </fieldset>
  );
}

const turns: Readonly<Record<Direction, string>> = {
  up: "",
  left: "-rotate-90",
  right: "rotate-90",
  down: "rotate-180",
};

function PadCell({
  direction,
  touchKey: { code, say },
  where,
  onTouch,
}: {
  readonly direction: Direction;
  readonly touchKey: TouchKey;
  readonly where: string;
  readonly onTouch: OnTouch;
}) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={say}
      ref={useLight(code)}
      className={`flex items-center justify-center rounded-md border border-b-4 ${keyLight} ${where}`}
      onClick={(event) => tapWithoutPointer(event, code, onTouch)}
    >
      <svg
        viewBox="0 0 9 5"
        aria-hidden="true"
        shapeRendering="crispEdges"
        className={`w-5 ${turns[direction]}`}
      >
        <path d="M4 0h1v1h1v1h1v1h1v1h1v1h-9v-1h1v-1h1v-1h1v-1h1z" fill="currentColor" />
      </svg>
    </button>
  );
}

function RoundButton({
  touchKey: { code, say },
  onTouch,
}: {
  readonly touchKey: TouchKey;
  readonly onTouch: OnTouch;
}) {
  const lift = ({ pointerId, timeStamp }: PointerEvent) => onTouch(pointerId, [], timeStamp);
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={say}
      ref={useLight(code)}
      className={`flex size-17 items-center justify-center overflow-hidden rounded-full border border-b-4 p-1.5 text-center text-xs leading-tight font-medium ${surface} ${keyLight}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        onTouch(event.pointerId, [code], event.timeStamp);
      }}
      onPointerUp={lift}
      onPointerCancel={lift}
      onLostPointerCapture={lift}
      onContextMenu={(event) => event.preventDefault()}
      onClick={(event) => tapWithoutPointer(event, code, onTouch)}
    >
      <span
        lang="en"
        className={`line-clamp-3 hyphens-auto wrap-anywhere ${longest.test(say) ? "text-[0.625rem]" : ""}`}
      >
        {say}
      </span>
    </button>
  );
}

function tapWithoutPointer(
  { detail, timeStamp }: { readonly detail: number; readonly timeStamp: number },
  code: string,
  onTouch: OnTouch,
): void {
  if (detail !== 0) return;
  onTouch(noPointer, [code], timeStamp);
  onTouch(noPointer, [], timeStamp);
}
