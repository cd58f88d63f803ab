const formatter = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** With a true minus and thin groups, as a score board shows it. */
export function formatNumber(value: number): string {
  return formatter.format(value).replace("-", "−");
}

/** Minutes and seconds, with hours when there are any. */
export function formatDuration(ms: number): string {
  const totalS = Math.floor(ms / 1000);
  const seconds = String(totalS % 60).padStart(2, "0");
  const minutes = Math.floor(totalS / 60) % 60;
  const hours = Math.floor(totalS / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}
