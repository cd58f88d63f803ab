import { formatNumber } from "@/components/format-number";

/** A number that changes while one looks at it: from ten on without fractions, so that it keeps its width. */
export function formatLive(value: number): string {
  return formatNumber(Math.abs(value) < 10 ? value : Math.round(value));
}
