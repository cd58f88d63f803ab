import { nameKey } from "./key-names";

/** Fonts do not agree on arrows: most have only some. */
const turns: Readonly<Record<string, string>> = {
  ArrowUp: "",
  ArrowRight: "rotate-90",
  ArrowDown: "rotate-180",
  ArrowLeft: "-rotate-90",
};

/** A key of the keyboard, drawn as one. `isLit` marks it as pressed. */
export function KeyCap({ code, isLit = false }: { readonly code: string; readonly isLit?: boolean }) {
  const { label, spoken } = nameKey(code);
  const light = isLit ? "border-accent bg-glow text-on-glow" : "border-edge bg-raised text-ink";
  return (
    <kbd
      title={spoken}
      data-lit={isLit || undefined}
      className={`numeric inline-flex h-8 min-w-8 items-center justify-center rounded-sm border border-b-3 px-2 text-xs font-medium ${light}`}
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
