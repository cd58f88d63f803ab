import type { Game } from "@/api/client";

/** What one should know of a game before it begins, in small print. */
export function GameMarks({ marks }: { readonly marks: readonly (string | null)[] }) {
  const shown = marks.filter((mark) => mark !== null);
  if (shown.length === 0) return null;
  return (
    <p className="legend flex flex-wrap gap-x-3 gap-y-1">
      {shown.map((mark) => (
        <span key={mark} className="before:mr-1.5 before:text-accent before:content-['▪']">
          {mark}
        </span>
      ))}
    </p>
  );
}

export function markPacing({ pacing }: Pick<Game, "pacing">): string | null {
  return pacing.mode === "turn" ? "At your own pace" : null;
}

export function markFlashing({ flashing }: Pick<Game, "flashing">): string | null {
  return flashing ? "Flashing pictures" : null;
}
