/** Keys of a player's own choice, in the place of those that a game names. The server does the same with every new game. */
import type { Game } from "./client";

/** Key of the game to the one that stands in for it. */
export type Keys = Readonly<Record<string, string>>;

type Bindings = Pick<Game, "controls" | "sequences" | "pointer">;

const allowed =
  /^(Arrow(Up|Down|Left|Right)|Space|Enter|Backspace|Key[A-Z]|Digit\d|Numpad(Add|Subtract|Multiply|Divide|Decimal|Enter|\d)|Backquote|Minus|Equal|Bracket(Left|Right)|Backslash|Semicolon|Quote|Comma|Period|Slash|IntlBackslash|Shift(Left|Right))$/;

/** Escape, Tab and the function keys are the page's and the browser's, as are combinations with Control, Alt and Meta: one of those held while playing would close the tab. Others not every keyboard has. */
export function mayBeUsed(code: string): boolean {
  return allowed.test(code);
}

/** Every key that the game has, whatever is chosen of its options. */
export function listAllCodes(game: Bindings & Pick<Game, "options">): readonly string[] {
  const variants = game.options.flatMap(({ values }) => values.map(({ changes }) => changes ?? {}));
  return [...new Set([game, ...variants].flatMap((variant) => listCodes(variant as Partial<Bindings>)))];
}

function listCodes({ controls = [], sequences = [] }: Partial<Bindings>): readonly string[] {
  return [...controls, ...sequences].flatMap(({ keys }) => keys);
}

/**
 * The game for a player who presses other keys.
 *
 * Keys that no longer fit the game, because it has changed, are left out all together, as the server does.
 */
export function withKeys<G extends Bindings>(game: G, keys: Keys): G {
  const codes = [...new Set(listCodes(game))];
  const standIns = new Set(codes.map((code) => keys[code] ?? code));
  if (standIns.size < codes.length) return game;
  const exchange = (code: string) => keys[code] ?? code;
  const change = <B extends { readonly keys: readonly string[] }>(bindings: readonly B[]) =>
    bindings.map((binding) => ({ ...binding, keys: binding.keys.map(exchange) }));
  return {
    ...game,
    controls: change(game.controls),
    sequences: change(game.sequences),
    pointer: game.pointer.map((region) => ({ ...region, key: exchange(region.key) })),
  };
}

export interface Exchange {
  readonly keys: Keys;
  /** The key of the game that had `next`, and now has what was there before; null if `next` was free. */
  readonly swapped: string | null;
}

/** Puts `next` in the place of the game's key `code`. If the game uses `next` already the two change places. */
export function exchangeKey(codes: readonly string[], keys: Keys, code: string, next: string): Exchange {
  const now = (each: string) => keys[each] ?? each;
  const holder = codes.find((each) => each !== code && now(each) === next) ?? null;
  const changed = { ...keys, [code]: next, ...(holder === null ? {} : { [holder]: now(code) }) };
  const kept = Object.entries(changed).filter(([own, other]) => own !== other);
  return { keys: Object.fromEntries(kept), swapped: holder };
}
