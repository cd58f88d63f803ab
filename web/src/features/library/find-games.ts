import type { Game } from "@/api/client";

/** Games whose title, id, summary or tags have all the words, whatever their accents and punctuation; titles that begin with the first come first, then titles that have it. */
export function findGames(games: readonly Game[], wanted: string): readonly Game[] {
  const words = fold(wanted).split(/\s+/).filter(Boolean);
  const [first] = words;
  if (first === undefined) return games;
  const found = games.filter((game) => {
    const text = describe(game);
    return words.every((word) => text.includes(word));
  });
  return found.toSorted((a, b) => rank(a, first) - rank(b, first));
}

function describe({ id, title, summary, tags }: Game): string {
  return fold([title, id, summary, ...tags].join(" "));
}

/** Letters, digits and spaces alone: “Q*bert” as “qbert”. */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}\s]/gu, "")
    .toLowerCase();
}

function rank({ title }: Game, word: string): number {
  const place = fold(title).indexOf(word);
  if (place === 0) return 0;
  return place > 0 ? 1 : 2;
}
