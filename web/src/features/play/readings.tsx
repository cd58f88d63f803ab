import { useEffect, useState } from "react";
import type { Game } from "@/api/client";
import { formatDuration, formatNumber } from "@/components/format-number";
import { computeActiveMs, type Snapshot } from "@/player/snapshot";
import type { Time } from "@/player/time";
import { Indicator } from "./indicator";
import { findReading, isBetter } from "./metric";

/** The row of readings over the screen. Each keeps its place whatever its number is. */
export function Readings({
  game,
  snapshot,
  bestBefore,
  time,
}: {
  readonly game: Game;
  readonly snapshot: Snapshot;
  readonly bestBefore: number | null;
  readonly time: Time;
}) {
  const reading = findReading(game.metric, snapshot);
  const isRecord = bestBefore !== null && isBetter(game.metric, reading.value, bestBefore) && reading.isFinal;
  return (
    <div className="flex flex-wrap items-end gap-x-6 gap-y-2 sm:gap-x-9">
      <dl className="flex flex-wrap items-end gap-x-6 gap-y-2 sm:gap-x-9">
        <Reading label={reading.label} width="min-w-[5ch]" isMain isLit={isRecord}>
          {formatNumber(reading.value)}
        </Reading>
        <Reading label="Best" width="min-w-[4ch]">
          {bestBefore === null ? "–" : formatNumber(bestBefore)}
        </Reading>
        {snapshot.lives !== null && (
          <Reading label="Lives" width="min-w-[2ch]">
            {snapshot.lives}
          </Reading>
        )}
        <Reading label="Time" width="min-w-[5ch]">
          <Clock snapshot={snapshot} time={time} />
        </Reading>
      </dl>
      <Indicator snapshot={snapshot} pacing={game.pacing} />
    </div>
  );
}

function Reading({
  label,
  width,
  isMain = false,
  isLit = false,
  children,
}: {
  readonly label: string;
  readonly width: string;
  readonly isMain?: boolean;
  readonly isLit?: boolean;
  readonly children: React.ReactNode;
}) {
  const size = isMain ? "text-2xl sm:text-3xl font-semibold" : "text-lg";
  return (
    <div>
      <dt className="legend">{label}</dt>
      <dd className={`numeric mt-1 leading-none ${size} ${width} ${isLit ? "text-accent" : ""}`}>
        {children}
      </dd>
    </div>
  );
}

function Clock({ snapshot, time }: { readonly snapshot: Snapshot; readonly time: Time }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((count) => count + 1), 250);
    return () => clearInterval(timer);
  }, []);
  return formatDuration(computeActiveMs(snapshot, time.nowUs()));
}
