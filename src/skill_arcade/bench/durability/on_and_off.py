"""How late ticks are while the pipeline runs and while it does not, in one run: by the record of the same episodes."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

import numpy as np

from skill_arcade.bench.durability.freshness import Times
from skill_arcade.bench.durability.halting import Stretch
from skill_arcade.bench.figures import Figure, percentile
from skill_arcade.bench.stretches import Running

MUST_RATIO = 1.3

_NS_PER_US, _NS_PER_MS = 1_000, 1_000_000


def compute_p99_ms(stretches: Sequence[Stretch], episodes: Iterable[Running]) -> dict[bool, list[float]]:
    """p99 of the lateness of all steps made in each stretch, in ms: with the pipeline (True), and without it.

    A stretch in which nothing was made is left out, and so is an episode of which not every step had a tick: it went
    through a loss.
    """
    late_ns: list[list[Times]] = [[] for _ in stretches]
    for each in episodes:
        if len(each.t_tick_ns) != len(each.lateness_ns):
            continue
        t_us, lateness_ns = np.array(each.t_tick_ns) // _NS_PER_US, np.array(each.lateness_ns)
        for some_ns, stretch in zip(late_ns, stretches, strict=True):
            some_ns.append(lateness_ns[(t_us >= stretch.begin_us) & (t_us < stretch.end_us)])
    found: dict[bool, list[float]] = {True: [], False: []}
    for stretch, some_ns in zip(stretches, late_ns, strict=True):
        if (p99_ns := percentile(np.concatenate([*some_ns, np.empty(0, np.int64)]).tolist(), 99)) is not None:
            found[stretch.is_on].append(p99_ns / _NS_PER_MS)
    return found


def on_and_off_figures(stretches: Sequence[Stretch], episodes: Iterable[Running]) -> list[Figure]:
    """The medians of both kinds of stretches, and the one by the other."""
    p99_ms = compute_p99_ms(stretches, episodes)
    on_ms, off_ms = (statistics.median(p99_ms[is_on]) if p99_ms[is_on] else None for is_on in (True, False))
    ratio = on_ms / off_ms if on_ms is not None and off_ms else None
    return [
        Figure("tick lateness p99, pipeline on ÷ off", ratio, "", MUST_RATIO),
        Figure("tick lateness p99, pipeline on", on_ms, "ms"),
        Figure("tick lateness p99, pipeline off", off_ms, "ms"),
        Figure("stretches compared, of each kind", min(map(len, p99_ms.values())), "stretches"),
    ]
