"""How long after a step something became known of it: that it is on the disk, in the store, in SQL. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from skill_arcade.bench.crowd.played import PlayedEpisode
from skill_arcade.bench.figures import Figure, percentile

Word = tuple[int, int]
"""Server time in µs, and how many steps of an episode were known then."""

Times = npt.NDArray[np.int64]

_PERCENTILES = {"p50": 50.0, "p99": 99.0, "max": 100.0}


def measure_delays_us(steps: Times, made_us: Times, words: Sequence[Word]) -> tuple[Times, int]:
    """Microseconds from each step to the first word that knew of it; and of how many steps no word ever knew.

    Args:
        steps: numbers of pictures, ascending: picture s is there once s steps are made (LIVE-61).
        made_us: when each was made.
        words: about their episode, in order of time.
    """
    known = np.maximum.accumulate(np.array([n_steps for _, n_steps in words], np.int64))
    told_us = np.array([at_us for at_us, _ in words], np.int64)
    first = np.searchsorted(known, steps)
    is_known = first < len(words)
    delays: Times = told_us[first[is_known]] - made_us[is_known]
    return delays, int(np.count_nonzero(~is_known))


def find_steps(episode: PlayedEpisode, begin_us: int, end_us: int) -> tuple[Times, Times]:
    """Numbers and times of the steps of an episode that were made in a span of server time."""
    stepped = episode.pictures[1:]
    inside = stepped[(stepped["made_us"] >= begin_us) & (stepped["made_us"] < end_us)]
    return inside["step"], inside["made_us"]


def freshness_figures(name: str, delays_us: Iterable[Times], limit_s: float | None) -> list[Figure]:
    """p50, p99, which has to keep the limit, and the greatest; and the share of steps beyond the limit."""
    all_us = np.concatenate([*delays_us, np.empty(0, np.int64)])
    figures = [
        Figure(
            f"{name}, {word}",
            None if (us := percentile(all_us, percent)) is None else us / 1e6,  # type: ignore[arg-type]
            "s",
            limit_s if word == "p99" else None,
        )
        for word, percent in _PERCENTILES.items()
    ]
    if limit_s is not None and len(all_us):
        share = float(np.mean(all_us > limit_s * 1e6))
        figures.append(Figure(f"{name}: steps later than {limit_s:g} s", 100 * share, "%"))
    return figures
