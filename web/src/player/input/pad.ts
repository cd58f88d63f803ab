/** The drawn pad: which directions a finger on it means, by where it lies. */
export const directions = ["up", "left", "right", "down"] as const;

export type Direction = (typeof directions)[number];

/** Within this part of the pad's half width a finger has not chosen yet. */
const deadZone = 0.16;
/** Between two directions both are meant: a sector this wide, in degrees. A direction alone has the rest of its quarter. */
const diagonalDegrees = 38;

/**
 * `x` and `y` count from the pad's middle in halves of its width and height, to the right and downwards; a finger that has slid off the pad still
 * counts. Of directions that the pad does not have, none is meant.
 */
export function findDirections(
  x: number,
  y: number,
  has: (direction: Direction) => boolean,
  hasDiagonals: boolean,
): readonly Direction[] {
  const horizontal: Direction = x < 0 ? "left" : "right";
  const vertical: Direction = y < 0 ? "up" : "down";
  // A pad of one row or one column has no use for the other way.
  if (!has("up") && !has("down")) return Math.abs(x) < deadZone ? [] : [horizontal].filter(has);
  if (!has("left") && !has("right")) return Math.abs(y) < deadZone ? [] : [vertical].filter(has);
  if (Math.hypot(x, y) < deadZone) return [];
  const degrees = (Math.atan2(Math.abs(y), Math.abs(x)) * 180) / Math.PI;
  const nearestFirst = degrees < 45 ? [horizontal, vertical] : [vertical, horizontal];
  const isBetween = Math.abs(degrees - 45) < diagonalDegrees / 2;
  const meant = nearestFirst.slice(0, isBetween ? 2 : 1).filter(has);
  return hasDiagonals ? meant : meant.slice(0, 1);
}
