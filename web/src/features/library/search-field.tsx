import { useId } from "react";
import { Icon } from "@/components/icons";
import { longestSearch } from "./library-view";

export function SearchField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (next: string) => void;
}) {
  const id = useId();
  return (
    <search className="relative w-full xs:w-72">
      <label htmlFor={id} className="sr-only">
        Find a game
      </label>
      <Icon name="search" className="pointer-events-none absolute top-3.5 left-3.5 size-4 text-dim" />
      <input
        id={id}
        type="search"
        enterKeyHint="search"
        placeholder="Find a game"
        maxLength={longestSearch}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-11 w-full rounded-md border border-edge bg-surface pr-3 pl-10 placeholder:text-dim"
      />
    </search>
  );
}
