/** How a game under way, or just over, stands to one's best before it: in plain words. */
import type { Game } from "@/api/client";
import { formatNumber } from "@/components/format-number";
import { formatLive } from "./format-live";
import { isBetter } from "./metric";

type Metric = Pick<Game["metric"], "better" | "unit">;

export interface Distance {
  /** 0 to 1: how much of the way to the best is done. */
  readonly share: number;
  readonly isPassed: boolean;
  readonly words: string;
}

/**
 * While it is played; null where nothing can be said before the end: of few moves one cannot know how many there will be, and a score that begins
 * above one's best has yet to fall.
 */
export function measureDistance({ better }: Metric, value: number, best: number | null): Distance | null {
  if (best === null || better === "lower" || best <= 0) return null;
  const share = Math.min(Math.max(value / best, 0), 1);
  if (value > best) return { share, isPassed: true, words: `+${formatLive(value - best)}` };
  if (value === best) return { share, isPassed: false, words: "Level" };
  return { share, isPassed: false, words: `${formatLive(best - value)} to go` };
}

export interface Comparison {
  readonly isRecord: boolean;
  readonly words: string | null;
}

/** At the end. `counts` is whether the server lets it count. */
export function compareWithBest(
  metric: Metric,
  value: number,
  best: number | null,
  counts: boolean,
): Comparison {
  if (best === null) {
    return { isRecord: counts, words: counts ? "Your first result here. Now there is one to beat." : null };
  }
  if (!counts) return { isRecord: false, words: `It doesn't count. Your best stays ${formatNumber(best)}.` };
  if (value === best) return { isRecord: false, words: "Level with your best." };
  const isRecord = isBetter(metric, value, best);
  const amount = formatAmount(Math.abs(value - best), metric.unit);
  const direction = value > best ? "more" : metric.better === "lower" ? "fewer" : "less";
  return isRecord
    ? { isRecord, words: `Your best so far: ${amount} ${direction} than before.` }
    : { isRecord, words: `${amount} ${direction} than your best, ${formatNumber(best)}.` };
}

/** Where somebody knows the fewest possible. */
export function compareWithOptimum(value: number, optimum: number): string {
  return value <= optimum
    ? `${formatNumber(optimum)} is the fewest possible. It can't be done better.`
    : `You needed ${formatNumber(value)}; ${formatNumber(optimum)} is the fewest possible.`;
}

/** "12 points", "1 move". */
function formatAmount(amount: number, unit: string): string {
  return `${formatNumber(amount)} ${amount === 1 ? unit.replace(/s$/, "") : unit}`;
}
