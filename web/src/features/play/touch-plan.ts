/** Which keys a game needs drawn on the glass of a phone: a pad for its directions, a button for everything else. */
import type { Game } from "@/api/client";
import { nameKey } from "@/components/key-names";
import { type Direction, directions } from "@/player/input/pad";

export interface TouchKey {
  /** What is sent: the first of the keys that do it. */
  readonly code: string;
  readonly say: string;
}

export interface TouchPlan {
  readonly pad: Readonly<Partial<Record<Direction, TouchKey>>>;
  readonly buttons: readonly TouchKey[];
}

type Bindings = Pick<Game, "controls" | "sequences" | "pointer">;
type Control = Bindings["controls"][number];

const words: Readonly<Record<Direction, readonly string[]>> = {
  up: ["UP", "NORTH"],
  left: ["LEFT", "WEST"],
  right: ["RIGHT", "EAST"],
  down: ["DOWN", "SOUTH"],
};
const verbs = ["MOVE", "GO", "PUSH", "STEER", "WALK", "RUN"];
const arrows: Readonly<Record<Direction, string>> = {
  up: "ArrowUp",
  left: "ArrowLeft",
  right: "ArrowRight",
  down: "ArrowDown",
};

/** What a tap on the picture does needs no key. */
export function planTouch({ controls, sequences, pointer }: Bindings): TouchPlan {
  const onPicture = new Set(pointer.map(({ key }) => key));
  const drawn = controls.filter(({ keys }) => !keys.some((code) => onPicture.has(code)));
  const pad: Partial<Record<Direction, TouchKey>> = {};
  const onPad = new Set<Control>();
  for (const find of [findPlain, findCompound, findSideways]) {
    for (const control of drawn) {
      const direction = find(control);
      if (direction === null || pad[direction] !== undefined || onPad.has(control)) continue;
      pad[direction] = formKey(control);
      onPad.add(control);
    }
  }
  const inSequences = new Set(sequences.flatMap(({ keys }) => keys).filter((code) => !onPicture.has(code)));
  const buttons = [
    ...drawn.filter((control) => !onPad.has(control)).map(formKey),
    ...[...inSequences].map((code) => ({ code, say: nameKey(code).label })),
  ];
  return { pad, buttons };
}

export function isEmptyPlan({ pad, buttons }: TouchPlan): boolean {
  return Object.keys(pad).length === 0 && buttons.length === 0;
}

/** LEFT; and where the meaning is a direction, the arrow key says which: what Pong calls RIGHT is up on its screen. */
function findPlain({ does, keys }: Control): Direction | null {
  const meant = findMeant([does]);
  return meant === null ? null : (directions.find((each) => keys.includes(arrows[each])) ?? meant);
}

/** MOVE_LEFT is a direction, ROTATE_LEFT only where it has that arrow. */
function findCompound({ does, keys }: Control): Direction | null {
  const parts = does.split("_");
  const meant = findMeant(parts);
  if (meant === null) return null;
  return verbs.some((verb) => parts.includes(verb)) || keys.includes(arrows[meant]) ? meant : null;
}

/** Whatever it is called: what the arrows to the sides do stands at the sides. Up may be a jump, a turn, a throttle. */
function findSideways({ keys }: Control): Direction | null {
  return (["left", "right"] as const).find((each) => keys.includes(arrows[each])) ?? null;
}

/** FIRE_UP_LEFT has two directions, which is none of a pad's. */
function findMeant(parts: readonly string[]): Direction | null {
  const [meant, second] = directions.filter((each) => words[each].some((word) => parts.includes(word)));
  return meant === undefined || second !== undefined ? null : meant;
}

function formKey({ keys, say }: Control): TouchKey {
  return { code: keys[0] ?? "", say };
}
