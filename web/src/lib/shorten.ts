/** At most so many characters of a text that somebody else wrote; an ellipsis stands for the rest. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
