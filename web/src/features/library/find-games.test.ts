import { expect, test } from "vitest";
import type { Game, OwnGame } from "@/api/client";
import { arrangeGames } from "./arrange-games";
import { listFilters } from "./filters";
import { findGames } from "./find-games";

function makeGame(title: string, more: Partial<Game> = {}): Game {
  return {
    id: title,
    title,
    summary: "",
    tags: [],
    unavailable: null,
    pacing: { mode: "realtime", tick_hz: 60 },
    ...more,
  } as Game;
}

const pong = makeGame("Pong", { summary: "First to twenty-one.", tags: ["atari", "sport"] });
const pinball = makeGame("Video Pinball", { tags: ["atari"] });
const hanoi = makeGame("Tower of Hanoi", { tags: ["puzzle"], pacing: { mode: "turn", tick_hz: null } });
const broken = makeGame("Air Raid", { unavailable: "Its cartridge cannot be read.", tags: ["puzzle"] });
const games = [broken, pinball, hanoi, pong];

function titles(found: readonly Game[]): readonly string[] {
  return found.map(({ title }) => title);
}

test("games are found by any part of title, summary and tags; all words count, and titles come first", () => {
  expect(titles(findGames(games, "p"))).toEqual(["Pong", "Video Pinball", "Air Raid", "Tower of Hanoi"]);
  expect(titles(findGames(games, "  ATARI twenty "))).toEqual(["Pong"]);
  expect(findGames(games, "chess")).toEqual([]);
  expect(findGames(games, "   ")).toBe(games);
});

test.each([
  ["qbert", "Q*bert"],
  ["Q*BERT", "Q*bert"],
  ["Ms Pacman", "Ms. Pac-Man"],
  ["pac man", "Ms. Pac-Man"],
  ["montezumas", "Montezuma’s Revenge"],
  ["pokemon", "Pokémon"],
  ["ALE/Krull-v5", "A wizard's quest"],
])("%s finds %s: punctuation and accents do not matter, and the id counts", (wanted, title) => {
  const more = [
    makeGame("Q*bert"),
    makeGame("Ms. Pac-Man"),
    makeGame("Montezuma’s Revenge"),
    makeGame("Pokémon"),
    makeGame("A wizard's quest", { id: "ALE/Krull-v5" }),
  ];
  expect(titles(findGames([...games, ...more], wanted))).toEqual([title]);
});

test("there is a filter for every part that some games, but not all of them, belong to", () => {
  const more = [makeGame("Sokoban", { tags: ["puzzle"] }), makeGame("Skiing", { tags: ["atari"] })];
  const filters = listFilters([...games, ...more], () => false);
  expect(filters.map(({ label }) => label)).toEqual(["Real-time", "At your own pace", "Puzzles", "Atari"]);
  const [favourites] = listFilters(games, ({ id }) => id === "Pong");
  expect(titles(games.filter(favourites?.has ?? (() => false)))).toEqual(["Pong"]);
});

test("each game is on one shelf: left ones first, then favourites, then all others, and last what cannot be played", () => {
  const running = { episode_id: "e", n_steps: 3, options: {}, started: "2026-01-02" };
  const own = new Map([["Tower of Hanoi", { running } as unknown as OwnGame]]);
  const shelves = arrangeGames(games, own, ({ id }) => id === "Pong" || id === "Tower of Hanoi");
  expect(shelves.map((shelf) => [shelf.title, titles(shelf.games)])).toEqual([
    ["Continue", ["Tower of Hanoi"]],
    ["Your favourites", ["Pong"]],
    ["More games", ["Video Pinball", "Air Raid"]],
  ]);
  expect(arrangeGames(games, new Map(), () => false).map(({ title }) => title)).toEqual(["All games"]);
});
