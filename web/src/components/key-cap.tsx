import { nameKey } from "./key-names";

/** A key of the keyboard, drawn as one. `isLit` marks it as pressed. */
export function KeyCap({ code, isLit = false }: { readonly code: string; readonly isLit?: boolean }) {
  const { label, spoken } = nameKey(code);
  const light = isLit ? "border-accent text-accent" : "border-edge text-ink";
  return (
    <kbd
      title={spoken}
      className={`numeric inline-flex h-8 min-w-8 items-center justify-center rounded-sm border border-b-3 bg-raised px-2 text-xs font-medium ${light}`}
    >
      <span aria-hidden="true">{label}</span>
      <span className="sr-only">{spoken}</span>
    </kbd>
  );
}
