import type { FakeGame } from "@/player/drivers/fake";
import { games } from "./catalogue";

const colours = ["#000000", "#8e8e8e", "#c84848", "#c66c3a", "#b47a30", "#a2a22a", "#48a048", "#4248c8"];

function formPalette(): Uint8Array {
  const palette = new Uint8Array(768);
  for (const [index, colour] of colours.entries()) {
    for (let channel = 0; channel < 3; channel += 1) {
      palette[3 * index + channel] = Number.parseInt(colour.slice(1 + 2 * channel, 3 + 2 * channel), 16);
    }
  }
  return palette;
}

/** Something to look at in any size: a wall of bricks, a ball that bounces by itself, a paddle that follows the keys. */
export function chooseGame(gameId: string): FakeGame {
  const game = games.find(({ id }) => id === gameId);
  const { width, height } = game?.picture ?? { width: 160, height: 210 };
  let paddle = width / 2;
  return {
    format: { width, height, pixels: "indexed8", palette: formPalette() },
    tickHz: game?.pacing.tick_hz ?? null,
    lives: game?.pacing.mode === "turn" ? null : 5,
    draw(step, held, bytes) {
      bytes.fill(0);
      const fill = (left: number, top: number, right: number, bottom: number, colour: number) => {
        for (let y = top; y < bottom; y += 1) bytes.fill(colour, y * width + left, y * width + right);
      };
      fill(0, 17, width, 32, 1);
      fill(0, 17, 8, height - 14, 1);
      fill(width - 8, 17, width, height - 14, 1);
      for (let row = 0; row < 6; row += 1) fill(8, 57 + 6 * row, width - 8, 63 + 6 * row, 2 + row);
      const isLeft = held.includes("ArrowLeft") || held.includes("KeyA");
      const isRight = held.includes("ArrowRight") || held.includes("KeyD");
      paddle = Math.min(Math.max(paddle + 2 * (Number(isRight) - Number(isLeft)), 16), width - 24);
      fill(paddle - 8, height - 21, paddle + 8, height - 17, 2);
      const x = 8 + bounce(step, width - 18);
      const y = 93 + bounce(step * 2, height - 116);
      fill(x, y, x + 2, y + 4, 2);
      return Math.floor(step / 50);
    },
  };
}

function bounce(distance: number, room: number): number {
  const place = distance % (2 * room);
  return place < room ? place : 2 * room - place;
}
