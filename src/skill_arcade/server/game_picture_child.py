"""The process in which one game paints its picture: an order on standard input, a PNG in a file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from random import Random
from typing import Any

from skill_arcade.dataset import encode_png
from skill_arcade.games.definition import GameDefinition
from skill_arcade.games.opening import open_simulation
from skill_arcade.games.simulation import Simulation

LOWEST_PRIORITY = 19
N_STEPS = 120
"""Two seconds into a game there is something to see, and hardly anybody has lost yet."""


def paint(game: GameDefinition) -> bytes:
    """A PNG of the game a moment after its start; the same every time.

    Raises:
        EnvironmentFailed: the environment cannot be opened or raised.
    """
    simulation = open_simulation(game.environment_spec())
    try:
        simulation.reset(seed=0, noop_starts=0)
        if game.tick_hz is not None:
            _play_a_little(simulation)
        return encode_png(simulation.picture_format.to_rgb(simulation.picture()))
    finally:
        simulation.close()


def _play_a_little(simulation: Simulation) -> None:
    random = Random(0)
    for _ in range(N_STEPS):
        if simulation.step(random.randrange(simulation.n_actions)).ended:
            simulation.reset(seed=0, noop_starts=0)
            return


def main() -> None:
    """Paint one game."""
    order: dict[str, Any] = json.load(sys.stdin)
    os.nice(LOWEST_PRIORITY)
    file = Path(order["file"])
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(paint(GameDefinition.from_json(order["game"])))
    unfinished.rename(file)


if __name__ == "__main__":
    main()
