import type { Game } from "@/api/client";

/** Games whose title, summary or tags have all the words; titles that begin with the first come first, then titles that have it. */
export function findGames(games: readonly Game[], wanted: string): readonly Game[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const [first] = words;
  if (first === undefined) return games;
  const found = games.filter((game) => {
    const text = describe(game);
    return words.every((word) => text.includes(word));
  });
  return found.toSorted((a, b) => rank(a, first) - rank(b, first));
}

function describe({ title, summary, tags }: Game): string {
  return [title, summary, ...tags].join(" ").toLowerCase();
}

function rank({ title }: Game, word: string): number {
  const place = title.toLowerCase().indexOf(word);
  if (place === 0) return 0;
  return place > 0 ? 1 : 2;
}
