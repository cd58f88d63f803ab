/** What a player may choose before a game begins: one of a few values for each of the game's options. */
import { shorten } from "@/lib/shorten";
import type { Game } from "./client";

export type Option = Game["options"][number];
export type OptionValue = Option["values"][number]["value"];

/** Values by the options' names. */
export type Options = Readonly<Record<string, OptionValue>>;

type WithOptions = Pick<Game, "options">;

/** A value for every option: the one that is wanted, if the game has it, or else its default. What comes out of an address may be text in a number's place. */
export function completeOptions(
  { options }: WithOptions,
  wanted: Readonly<Record<string, unknown>>,
): Options {
  return Object.fromEntries(
    options.map((option) => [option.name, findValue(option, wanted[option.name]) ?? option.default]),
  );
}

/** Longest text out of an address that is said again. */
const longestQuoted = 24;

/** In words, what an address asks of the game's own options that they do not have: "Discs: 99"; null when they have it all. */
export function describeMissing(
  { options }: WithOptions,
  wanted: Readonly<Record<string, unknown>>,
): string | null {
  const missing = options.flatMap((option) => {
    if (!Object.hasOwn(wanted, option.name) || findValue(option, wanted[option.name]) !== undefined)
      return [];
    return [`${option.say}: ${shorten(String(wanted[option.name]), longestQuoted) || "nothing"}`];
  });
  return missing.length === 0 ? null : missing.join(", ");
}

function findValue({ values }: Option, wanted: unknown): OptionValue | undefined {
  return values.find(({ value }) => String(value) === String(wanted))?.value;
}

/** Only what is not as usual: this is what an address holds. */
export function findUnusual(game: WithOptions, chosen: Options): Options {
  const unusual = game.options.flatMap(({ name, default: usual }) => {
    const value = chosen[name];
    return value === undefined || value === usual ? [] : [[name, value] as const];
  });
  return Object.fromEntries(unusual);
}

/** Whether two choices make the same game. An option that a choice does not know was not there yet: it has its default. */
export function areSameOptions(game: WithOptions, one: Options, other: Options): boolean {
  return game.options.every(({ name, default: usual }) => (one[name] ?? usual) === (other[name] ?? usual));
}

/** In words, what is not as usual: "4 discs, anywhere"; null when all is as usual. */
export function describeOptions(game: WithOptions, chosen: Options): string | null {
  const unusual = findUnusual(game, chosen);
  const words = game.options.flatMap((option) => {
    const found = option.values.find(({ value }) => value === unusual[option.name]);
    if (found === undefined) return [];
    return [found.say === "" ? `${found.value} ${option.say.toLowerCase()}` : found.say];
  });
  const [first, ...others] = words;
  if (first === undefined) return null;
  return [first, ...others.map((word) => word.charAt(0).toLowerCase() + word.slice(1))].join(", ");
}

/** The game as it is with these values, which may change its keys, its picture, its words. */
export function applyOptions(game: Game, chosen: Options): Game {
  const changes = game.options.flatMap(({ name, values }) => {
    const found = values.find(({ value }) => value === chosen[name]);
    return Object.entries(found?.changes ?? {}).map(([key, value]) => complete[key]?.(value) ?? {});
  });
  return Object.assign({}, game, ...changes);
}

type Part = Partial<Game>;

/** What a page shows of what an option can change. A change is as the game's file has it, which leaves out what is as usual. */
const complete: Readonly<Record<string, (value: unknown) => Part>> = {
  title: (value) => ({ title: value }) as Part,
  summary: (value) => ({ summary: value }) as Part,
  instructions: (value) => ({ instructions: value }) as Part,
  tips: (value) => ({ tips: value }) as Part,
  controls: (value) => ({ controls: value }) as Part,
  sequences: (value) => ({ sequences: (value as object[]).map((each) => ({ say: "", ...each })) }) as Part,
  pointer: (value) => ({ pointer: value }) as Part,
  picture: (value) => ({ picture: { pixel_aspect: 1, ...(value as object) } }) as Part,
  pacing: (value) => ({ pacing: { tick_hz: null, ...(value as object) } }) as Part,
  metric: (value) => ({ metric: value }) as Part,
  max_steps: (value) => ({ max_steps: value }) as Part,
};
