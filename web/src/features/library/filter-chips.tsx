import { useEffect, useRef } from "react";
import type { Filter } from "./filters";

/** What part of the games is shown: one of these. They scroll sideways where there is no room for all. */
export function FilterChips({
  filters,
  chosen,
  onChoose,
}: {
  readonly filters: readonly Filter[];
  /** Null for all. */
  readonly chosen: Filter | null;
  readonly onChoose: (name: string | null) => void;
}) {
  const row = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    // Whoever comes by an address sees what it chose.
    const chip = row.current?.querySelector("[aria-pressed=true]");
    chip?.scrollIntoView?.({ block: "nearest", inline: "center" });
  }, []);
  return (
    <fieldset
      ref={row}
      className="-mx-4 mb-8 min-w-0 overflow-x-auto px-4 pt-1 pb-2 [scrollbar-width:thin] sm:-mx-1 sm:px-1"
    >
      <legend className="sr-only">Show</legend>
      <div className="flex w-max gap-2 sm:w-auto sm:flex-wrap">
        {[{ name: null, label: "All" }, ...filters].map(({ name, label }) => {
          const isChosen = name === (chosen?.name ?? null);
          const look = isChosen
            ? "border-accent text-accent"
            : "border-line text-dim hover:border-edge hover:text-ink";
          return (
            <button
              key={name}
              type="button"
              aria-pressed={isChosen}
              onClick={() => onChoose(name)}
              className={`min-h-9 rounded-full border bg-surface px-4 text-sm whitespace-nowrap motion-safe:transition-colors ${look}`}
            >
              {label}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
