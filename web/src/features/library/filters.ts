import type { Game } from "@/api/client";

/** One way to look at a part of the games. */
export interface Filter {
  /** As it stands in the address. */
  readonly name: string;
  readonly label: string;
  readonly has: (game: Game) => boolean;
}

/** What only few have is found as well by its title. */
const leastGames = 3;
const mostTags = 9;

/** Words for many games of a kind, where the tag itself will not do. */
const labels: Readonly<Record<string, string>> = {
  adventure: "Adventures",
  board: "Board games",
  cards: "Card games",
  classic: "Classics",
  maze: "Mazes",
  mouse: "With the mouse",
  platform: "Jump and run",
  puzzle: "Puzzles",
  reflex: "Quick hands",
  shooter: "Shooters",
};

/** Those that split the games that there are. */
export function listFilters(games: readonly Game[], isFavourite: (game: Game) => boolean): readonly Filter[] {
  const favourites: Filter = { name: "favourites", label: "Favourites", has: isFavourite };
  const parts: readonly Filter[] = [
    { name: "realtime", label: "Real-time", has: ({ pacing }) => pacing.mode === "realtime" },
    { name: "turns", label: "At your own pace", has: ({ pacing }) => pacing.mode === "turn" },
    ...listTags(games).map((tag) => ({
      name: tag,
      label: labels[tag] ?? tag.charAt(0).toUpperCase() + tag.slice(1),
      has: ({ tags }: Game) => tags.includes(tag),
    })),
  ];
  const splitting = parts.filter(({ has }) => games.some(has) && !games.every(has));
  return [...(games.some(isFavourite) ? [favourites] : []), ...splitting];
}

/** The commonest first. */
function listTags(games: readonly Game[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const tag of games.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= leastGames)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, mostTags)
    .map(([tag]) => tag);
}
