import type { Game } from "@/api/client";

/** Games whose title or summary has all the words, titles that begin with them first. */
export function findGames(games: readonly Game[], wanted: string): readonly Game[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const [first] = words;
  if (first === undefined) return games;
  return games
    .filter(({ title, summary }) => words.every((word) => `${title} ${summary}`.toLowerCase().includes(word)))
    .toSorted((a, b) => Number(startsWith(b, first)) - Number(startsWith(a, first)));
}

function startsWith(game: Game, word: string): boolean {
  return game.title.toLowerCase().startsWith(word);
}
