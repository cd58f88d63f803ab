import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Game } from "@/api/client";
import { Button, formButtonClass } from "@/components/button";
import { formatNumber } from "@/components/format-number";
import { KeyCap } from "@/components/key-cap";
import type { EndedMessage } from "@/protocol/server-messages";
import { explainEnd } from "./explain-end";
import { isBetter } from "./metric";
import { OverlayFrame } from "./overlay-frame";

/** Keys still being hammered when the game ends must not begin the next one. */
const calmMs = 700;

export function EndedOverlay({
  game,
  ended,
  bestBefore,
  onNewGame,
}: {
  readonly game: Game;
  readonly ended: EndedMessage;
  readonly bestBefore: number | null;
  readonly onNewGame: () => void;
}) {
  const isCalm = useCalm();
  const again = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isCalm) again.current?.focus();
  }, [isCalm]);
  const { metric } = game;
  const value = ended.metric ?? ended.score;
  const counts = ended.status !== "incomplete" && ended.metric !== null;
  const isRecord = counts && (bestBefore === null || isBetter(metric, value, bestBefore));
  const { title, sentence } = explainEnd(ended);
  return (
    <OverlayFrame label={title} isModal>
      <div role="status">
        <h2 className="text-5xl font-extrabold">{title}</h2>
        {sentence !== null && <p className="mt-2 text-dim">{sentence}</p>}
        <p className="mt-6 text-dim">{metric.name}</p>
        <p className={`numeric mt-1 text-6xl font-bold ${isRecord ? "text-glow" : ""}`}>
          {formatNumber(value)}
        </p>
        <p className="mt-3 min-h-6 text-dim">
          {isRecord ? "Your best so far!" : bestBefore !== null && `Your best: ${formatNumber(bestBefore)}`}
        </p>
      </div>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        <Button ref={again} look="primary" size="large" disabled={!isCalm} onClick={onNewGame}>
          Play again <KeyCap code="Enter" />
        </Button>
        <Link to="/" className={formButtonClass({ look: "plain", size: "large" })}>
          Other games
        </Link>
      </div>
    </OverlayFrame>
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
