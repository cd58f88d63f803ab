import type { Ref } from "react";
import { nameKey } from "./key-names";

/** Fonts do not agree on arrows: most have only some. */
const turns: Readonly<Record<string, string>> = {
  ArrowUp: "",
  ArrowRight: "rotate-90",
  ArrowDown: "rotate-180",
  ArrowLeft: "-rotate-90",
};

/** What shows a key: it looks pressed while it has the attribute `data-lit`. */
export const keyLight =
  "border-edge bg-raised text-ink data-lit:border-accent data-lit:bg-glow data-lit:text-on-glow";

/** A key of the keyboard, drawn as one. `isLit` marks it as pressed. */
export function KeyCap({
  code,
  isLit = false,
  ref,
}: {
  readonly code: string;
  readonly isLit?: boolean;
  readonly ref?: Ref<HTMLElement>;
}) {
  const { label, spoken } = nameKey(code);
  return (
    <kbd
      ref={ref}
      title={spoken}
      data-lit={isLit || undefined}
      className={`numeric inline-flex h-8 min-w-8 items-center justify-center rounded-sm border border-b-3 px-2 text-xs font-medium ${keyLight}`}
    >
      {turns[code] === undefined ? (
        <span aria-hidden="true">{label}</span>
      ) : (
        <svg viewBox="0 0 10 10" aria-hidden="true" className={`size-2.5 ${turns[code]}`}>
          <path d="M5 0 10 5.4H6.2V10H3.8V5.4H0z" fill="currentColor" />
        </svg>
      )}
      <span className="sr-only">{spoken}</span>
    </kbd>
  );
}
