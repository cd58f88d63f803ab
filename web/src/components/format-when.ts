const locale = "en-GB";

/** A moment as one speaks of it: the time if it was today, the day if it was this year, else the date. */
export function formatWhen(time: string, now: Date = new Date()): string {
  const then = new Date(time);
  if (then.toDateString() === now.toDateString()) {
    return then.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  }
  const isThisYear = then.getFullYear() === now.getFullYear();
  const year = isThisYear ? {} : ({ year: "numeric" } as const);
  return then.toLocaleDateString(locale, { day: "numeric", month: "long", ...year });
}
