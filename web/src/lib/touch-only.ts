/** A device whose first pointer is a finger most likely has no keys. */
export const touchOnlyQuery = "(hover: none) and (pointer: coarse)";

export function isTouchOnly(): boolean {
  return matchMedia(touchOnlyQuery).matches;
}
