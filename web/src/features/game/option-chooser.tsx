import { useId } from "react";
import type { Option, OptionValue } from "@/api/options";

/** One option as a row of keys of which one is pressed in. */
export function OptionChooser({
  option,
  value,
  onChoose,
}: {
  readonly option: Option;
  readonly value: OptionValue | undefined;
  readonly onChoose: (value: OptionValue) => void;
}) {
  const id = useId();
  return (
    <fieldset>
      <legend className="mb-2 text-dim">{option.say}</legend>
      <div className="flex flex-wrap gap-1.5">
        {option.values.map((each) => (
          <label key={String(each.value)} className="relative">
            <input
              type="radio"
              name={id}
              checked={each.value === value}
              onChange={() => onChoose(each.value)}
              className="peer absolute inset-0 size-full cursor-pointer appearance-none rounded-md"
            />
            <span
              className={`pointer-events-none flex min-h-11 min-w-10 items-center justify-center rounded-md border border-line bg-surface px-3.5 py-2 leading-tight text-dim lg:min-w-11 peer-checked:border-accent peer-checked:text-accent peer-hover:border-edge peer-hover:peer-checked:border-accent peer-focus-visible:outline-2 peer-focus-visible:outline-offset-3 peer-focus-visible:outline-accent ${each.say === "" ? "numeric" : ""}`}
            >
              {each.say === "" ? sayValue(each.value) : each.say}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function sayValue(value: OptionValue): string {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return String(value);
}
