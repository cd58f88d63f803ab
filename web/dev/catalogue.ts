import type { Game } from "@/api/client";

const points: Game["metric"] = { name: "score", unit: null, from: "score", better: "higher" };
const realtime: Game["pacing"] = { mode: "realtime", tick_hz: 60 };

function atari(id: string, title: string, summary: string, more: Partial<Game> = {}): Game {
  return {
    id,
    title,
    summary,
    instructions: ["Serve the ball, then keep it in play.", "Clear all the bricks. You have five balls."],
    flashing: false,
    pacing: realtime,
    controls: [
      { does: "FIRE", keys: ["Space"], say: "Serve" },
      { does: "LEFT", keys: ["ArrowLeft", "KeyA"], say: "Left" },
      { does: "RIGHT", keys: ["ArrowRight", "KeyD"], say: "Right" },
    ],
    sequences: [],
    pointer: [],
    metric: points,
    picture: { width: 160, height: 210 },
    max_steps: 108_000,
    best: null,
    attempts: 0,
    unavailable: null,
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
  atari("Breakout.v0", "Breakout", "Break through the wall, brick by brick, with a ball and a paddle.", {
    best: 42,
    attempts: 7,
  }),
  atari(
    "Hanoi.v0",
    "Tower of Hanoi",
    "Move the tower to the last pole, never a large disc onto a small one.",
    {
      instructions: [
        "Choose a pole to take the top disc from, then a pole to put it on.",
        "A disc may never lie on a smaller one.",
      ],
      pacing: { mode: "turn", tick_hz: null },
      controls: [],
      sequences: moves.map(([from, to]) => ({
        does: `MOVE_${from}_${to}`,
        keys: [`Digit${from}`, `Digit${to}`],
        say: `Pole ${from} to ${to}`,
      })),
      pointer: [1, 2, 3].map((pole) => ({ region: [(pole - 1) / 3, 0, pole / 3, 1], key: `Digit${pole}` })),
      metric: { name: "moves", unit: null, from: "n_steps", better: "lower" },
      picture: { width: 320, height: 180 },
      best: 9,
      attempts: 3,
    },
  ),
  atari("Tetris.v0", "Tetris", "Fit the falling pieces together and clear whole rows.", {
    picture: { width: 160, height: 192 },
    best: 12_480,
    attempts: 31,
  }),
  atari("CartPole.v1", "Cart Pole", "Keep the pole upright by moving the cart under it.", {
    picture: { width: 600, height: 400 },
    pacing: { mode: "realtime", tick_hz: 50 },
    best: 500,
    attempts: 2,
  }),
  atari("Qbert.v0", "Q*bert", "Hop from cube to cube until the whole pyramid has changed its colour."),
  atari("Enduro.v0", "Enduro", "Race through day and night, snow and fog.", { flashing: true }),
  atari("MsPacman.v0", "Ms. Pac-Man", "Eat all the dots and keep away from the ghosts.", {
    best: 2310,
    attempts: 4,
  }),
  atari("Seaquest.v0", "Seaquest", "Rescue divers, and come up for air in time."),
  atari("Pong.v0", "Pong", "First to twenty-one points wins.", { best: -8, attempts: 1 }),
  atari("Combat.v0", "Combat", "Two tanks, one maze.", { unavailable: "it needs two players." }),
];
