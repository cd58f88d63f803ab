import type { Game } from "@/api/client";

const points: Game["metric"] = { name: "Score", unit: "points", from: "reward", better: "higher" };
const realtime: Game["pacing"] = { mode: "realtime", tick_hz: 60 };

function atari(id: string, title: string, summary: string, more: Partial<Game> = {}): Game {
  return {
    id,
    title,
    summary,
    instructions: ["Serve the ball, then keep it in play.", "Clear all the bricks. You have five balls."],
    tips: ["The ball is faster after every few hits."],
    tags: ["atari"],
    options: [],
    unavailable: null,
    sound: true,
    flashing: false,
    pacing: realtime,
    controls: [
      { does: "FIRE", keys: ["Space"], say: "Serve" },
      { does: "LEFT", keys: ["ArrowLeft", "KeyA"], say: "Left" },
      { does: "RIGHT", keys: ["ArrowRight", "KeyD"], say: "Right" },
    ],
    sequences: [],
    pointer: [],
    pointer_axes: [],
    metric: points,
    picture: { width: 160, height: 210, pixel_aspect: 1 },
    max_steps: 108_000,
    pause_limit_s: 600,
    ...more,
  };
}

const moves = [
  ["1", "2"],
  ["1", "3"],
  ["2", "1"],
  ["2", "3"],
  ["3", "1"],
  ["3", "2"],
] as const;

export const games: readonly Game[] = [
  atari("Breakout.v0", "Breakout", "Break through the wall, brick by brick, with a ball and a paddle.", {}),
  atari(
    "Hanoi.v0",
    "Tower of Hanoi",
    "Move the tower to the last pole, never a large disc onto a small one.",
    {
      instructions: [
        "Choose a pole to take the top disc from, then a pole to put it on.",
        "A disc may never lie on a smaller one.",
      ],
      tags: ["puzzle"],
      options: [
        {
          name: "discs",
          say: "Discs",
          values: [2, 3, 4, 5].map((value) => ({ value, say: "" })),
          default: 3,
        },
      ],
      sound: false,
      pacing: { mode: "turn", tick_hz: null },
      controls: [],
      sequences: moves.map(([from, to]) => ({
        does: `MOVE_${from}_${to}`,
        keys: [`Digit${from}`, `Digit${to}`],
        say: `Pole ${from} to ${to}`,
      })),
      pointer: [1, 2, 3].map((pole) => ({ region: [(pole - 1) / 3, 0, pole / 3, 1], key: `Digit${pole}` })),
      metric: { name: "Moves", unit: "moves", from: "steps", better: "lower" },
      picture: { width: 320, height: 180, pixel_aspect: 1 },
    },
  ),
  atari("Tetris.v0", "Tetris", "Fit the falling pieces together and clear whole rows.", {
    picture: { width: 160, height: 192, pixel_aspect: 1 },
    tags: ["puzzle"],
  }),
  atari("CartPole.v1", "Cart Pole", "Keep the pole upright by moving the cart under it.", {
    picture: { width: 600, height: 400, pixel_aspect: 1 },
    pacing: { mode: "realtime", tick_hz: 50 },
  }),
  atari("Qbert.v0", "Q*bert", "Hop from cube to cube until the whole pyramid has changed its colour."),
  atari("Enduro.v0", "Enduro", "Race through day and night, snow and fog.", { flashing: true }),
  atari("MsPacman.v0", "Ms. Pac-Man", "Eat all the dots and keep away from the ghosts.", {}),
  atari("Seaquest.v0", "Seaquest", "Rescue divers, and come up for air in time."),
  atari("Pong.v0", "Pong", "First to twenty-one points wins."),
  atari("Combat.v0", "Combat", "Two tanks, one maze.", { unavailable: "Its cartridge cannot be read here." }),
];
