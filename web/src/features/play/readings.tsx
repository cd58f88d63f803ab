import { type CSSProperties, useEffect, useState } from "react";
import type { Game } from "@/api/client";
import { formatDuration, formatNumber } from "@/components/format-number";
import { computeActiveMs, type Snapshot } from "@/player/snapshot";
import type { Time } from "@/player/time";
import { type Distance, measureDistance } from "./compare-best";
import { formatLive } from "./format-live";
import { Indicator } from "./indicator";
import { findOptimum, findReading } from "./metric";
import { UnrecordedMark } from "./unrecorded-mark";

/** The row of readings over the screen. Each keeps its place whatever its number is. */
export function Readings({
  game,
  snapshot,
  bestBefore,
  isUnrecorded,
  time,
}: {
  readonly game: Game;
  readonly snapshot: Snapshot;
  readonly bestBefore: number | null;
  /** Nothing of it is kept. */
  readonly isUnrecorded: boolean;
  readonly time: Time;
}) {
  const { label, value } = findReading(game.metric, snapshot);
  const optimum = findOptimum(game.metric, snapshot);
  const distance = measureDistance(game.metric, value, bestBefore);
  const best = bestBefore ?? (isUnrecorded ? null : findFirstResult(snapshot));
  return (
    <div className="landscape:pointer-coarse:col-span-full landscape:pointer-coarse:row-start-1">
      <div className="flex flex-wrap items-end gap-x-3 gap-y-2 sm:gap-x-9">
        <dl className="flex flex-wrap items-end gap-x-3 gap-y-2 xs:gap-x-6 sm:gap-x-9 short:gap-x-5">
          <Reading label={label} width="min-w-[5ch]" isMain isLit={distance?.isPassed ?? false}>
            {snapshot.ended === null ? formatLive(value) : formatNumber(value)}
          </Reading>
          <Reading label="Best" width="min-w-[4ch]">
            {best === null ? "–" : formatNumber(best)}
            {distance !== null && <Words distance={distance} best={bestBefore ?? 0} />}
          </Reading>
          {optimum !== null && (
            <Reading label="Fewest possible" shortLabel="Fewest" width="min-w-[3ch]">
              {formatNumber(optimum)}
            </Reading>
          )}
          {snapshot.lives !== null && (
            <Reading label="Lives" width="min-w-[2ch]">
              {snapshot.lives}
            </Reading>
          )}
          <Reading label="Time" width="min-w-[5ch]">
            <Clock snapshot={snapshot} time={time} />
          </Reading>
        </dl>
        {isUnrecorded && <UnrecordedMark />}
        <Indicator snapshot={snapshot} pacing={game.pacing} />
      </div>
      {distance !== null && <Track distance={distance} />}
    </div>
  );
}

/** What a first game came to, if it counts. */
function findFirstResult({ ended }: Snapshot): number | null {
  return ended === null || ended.status === "incomplete" ? null : ended.metric;
}

/** How far the best is, beside it; where there is little room, the track alone shows it. */
function Words({
  distance: { isPassed, words },
  best,
}: {
  readonly distance: Distance;
  readonly best: number;
}) {
  return (
    <span
      className={`ml-3 inline-block xs:min-w-(--room) font-sans text-sm/none max-xs:sr-only short:sr-only motion-safe:transition-colors motion-safe:duration-700 ${isPassed ? "text-accent" : "text-dim"}`}
      style={{ "--room": `${formatNumber(best).length + 5}ch` } as CSSProperties}
    >
      {words}
    </span>
  );
}

/** The way to one's best. */
function Track({ distance: { share, isPassed } }: { readonly distance: Distance }) {
  return (
    <div aria-hidden="true" className="mt-2 h-0.5 overflow-hidden rounded-full bg-line">
      <div
        className={`h-full origin-left motion-safe:transition-[scale,background-color] motion-safe:duration-500 ${isPassed ? "bg-accent" : "bg-edge"}`}
        style={{ scale: `${share} 1` }}
      />
    </div>
  );
}

function Reading({
  label,
  shortLabel = label,
  width,
  isMain = false,
  isLit = false,
  children,
}: {
  readonly label: string;
  /** Where there is little room: how the label begins. */
  readonly shortLabel?: string;
  readonly width: string;
  readonly isMain?: boolean;
  readonly isLit?: boolean;
  readonly children: React.ReactNode;
}) {
  const size = isMain ? "text-xl xs:text-2xl sm:text-3xl font-semibold" : "xs:text-lg";
  return (
    <div>
      <dt className="legend">
        {shortLabel}
        <span className="max-xs:sr-only">{label.slice(shortLabel.length)}</span>
      </dt>
      <dd
        className={`numeric mt-1 leading-none motion-safe:transition-colors motion-safe:duration-700 ${size} ${width} ${isLit ? "text-accent" : ""}`}
      >
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
