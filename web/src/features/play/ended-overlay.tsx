import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Game } from "@/api/client";
import type { Options } from "@/api/options";
import { Button, formButtonClass } from "@/components/button";
import { formatDuration, formatNumber } from "@/components/format-number";
import { computeActiveMs, type Snapshot } from "@/player/snapshot";
import type { EndedMessage } from "@/protocol/server-messages";
import { compareWithBest, compareWithOptimum } from "./compare-best";
import { explainEnd } from "./explain-end";
import { KeyHint } from "./key-hint";
import { listOptions } from "./list-options";
import { findOptimum, findReading } from "./metric";
import { OverlayFrame } from "./overlay-frame";
import { useAttempts } from "./use-attempts";

/** Keys still being hammered when the game ends must not begin the next one. */
const calmMs = 700;

/** What came of the game, and what to do now. */
export function EndedOverlay({
  game,
  options,
  ended,
  snapshot,
  bestBefore,
  isKept,
  onNewGame,
}: {
  readonly game: Game;
  readonly options: Options;
  readonly ended: EndedMessage;
  readonly snapshot: Snapshot;
  readonly bestBefore: number | null;
  readonly isKept: boolean;
  readonly onNewGame: () => void;
}) {
  const isCalm = useCalm();
  const again = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isCalm) again.current?.focus({ preventScroll: true });
  }, [isCalm]);
  const { metric } = game;
  const { label, value } = findReading(metric, snapshot);
  const counts = isKept && ended.status !== "incomplete" && ended.metric !== null;
  const { isRecord, words } = compareWithBest(metric, value, bestBefore, counts);
  const optimum = findOptimum(metric, snapshot);
  const { title, sentence } = explainEnd(ended);
  return (
    <OverlayFrame label={title} isModal>
      <div role="status">
        <h2 className="text-4xl font-extrabold low:text-2xl">{title}</h2>
        {sentence !== null && <p className="mt-1 text-dim">{sentence}</p>}
        <p className="mt-4 text-dim low:mt-1 low:text-sm">{label}</p>
        <p className={`numeric text-6xl font-bold low:text-4xl ${isRecord ? "text-glow" : ""}`}>
          {formatNumber(value)}
        </p>
        {isRecord && bestBefore !== null && <Cheer />}
        {!isKept && <p className="mt-2 text-dim low:mt-1">This game was not recorded.</p>}
        {words !== null && <p className={`mt-2 low:mt-1 ${isRecord ? "text-ink" : "text-dim"}`}>{words}</p>}
        {optimum !== null && ended.status === "won" && (
          <p className="text-dim">{compareWithOptimum(value, optimum)}</p>
        )}
      </div>
      <Facts game={game} options={options} snapshot={snapshot} />
      <div className="mt-5 flex flex-wrap justify-center gap-3 low:mt-3 low:gap-2">
        <Button ref={again} look="primary" disabled={!isCalm} onClick={onNewGame}>
          Play again <KeyHint code="Enter" />
        </Button>
        <Link
          to="/games/$gameId"
          params={{ gameId: game.id }}
          // All of them: an address without any shows what was chosen there last.
          search={options}
          className={formButtonClass({})}
        >
          About this game
        </Link>
        <Link to="/" className={formButtonClass({})}>
          See all games
        </Link>
      </div>
    </OverlayFrame>
  );
}

/** Small readings of how it was played. */
function Facts({
  game,
  options,
  snapshot,
}: {
  readonly game: Game;
  readonly options: Options;
  readonly snapshot: Snapshot;
}) {
  const attempts = useAttempts(game.id, snapshot.episodeId);
  const facts = [
    { say: "Time", value: formatDuration(computeActiveMs(snapshot, snapshot.stateAtUs)) },
    { say: "Games so far", value: attempts === null ? "–" : formatNumber(attempts) },
    ...listOptions(game, options),
  ];
  return (
    <dl className="mt-4 flex flex-wrap justify-center gap-x-4 gap-y-1 sm:gap-x-6 low:mt-2">
      {facts.map(({ say, value }) => (
        <div key={say} className="flex items-baseline gap-2">
          <dt className="legend">{say}</dt>
          <dd className="numeric text-sm">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const lamps = [0, 1, 2, 3, 4, 3, 2, 1, 0];

/** A row of lamps that light up once, from its ends to its middle. */
function Cheer() {
  return (
    <span aria-hidden="true" className="mt-2 flex justify-center gap-1.5">
      {lamps.map((place, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: the lamps never change
          key={index}
          className="size-1.5 bg-glow motion-safe:animate-lamp"
          style={{ animationDelay: `${place * 90}ms` }}
        />
      ))}
    </span>
  );
}

function useCalm(): boolean {
  const [isCalm, setCalm] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(true), calmMs);
    return () => clearTimeout(timer);
  }, []);
  return isCalm;
}
