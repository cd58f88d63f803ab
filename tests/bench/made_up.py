"""Episodes as a crowd tells of them, made up: pictures that came when a test says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skill_arcade.bench.crowd.played import PICTURE_ROW, PlayedEpisode

TICK_US = 16_667


def make_episode(arrived_us: Sequence[int], steps: Sequence[int] | None = None) -> PlayedEpisode:
    """An episode whose pictures came at these times; each of a step of its own, where nothing else is said."""
    rows = np.zeros(len(arrived_us), PICTURE_ROW)
    rows["step"] = range(len(arrived_us)) if steps is None else steps
    rows["arrived_us"] = arrived_us
    rows["made_us"] = [us - 100 for us in arrived_us]
    return PlayedEpisode(asked_us=-500, rows=rows.tobytes())


def make_even(n_pictures: int, begin_us: int = 0, tick_us: int = TICK_US) -> list[int]:
    """Times at which pictures come one tick after another."""
    return [begin_us + number * tick_us for number in range(n_pictures)]
