"""Works as an export does: packs pictures on one core, at the lowest priority, for as long as its parent lives."""

from __future__ import annotations

import os
import zlib

import numpy as np

from skill_arcade.server.lowest_priority import yield_to_players

_PICTURES_SHAPE = (100, 210, 160)


def main() -> None:
    """Entry: `python -m skill_arcade.bench.heavy.export`."""
    yield_to_players()
    pictures = np.random.default_rng(0).integers(0, 8, _PICTURES_SHAPE, np.uint8).tobytes()
    parent = os.getppid()
    while os.getppid() == parent:
        zlib.compress(pictures, 6)


if __name__ == "__main__":
    main()
