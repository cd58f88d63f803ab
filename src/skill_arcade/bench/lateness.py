"""The lateness table of some episodes: of every recorded step, by the record alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skill_arcade.bench.crowd.played import PlayedEpisode
from skill_arcade.bench.figures import Figure, percentile
from skill_arcade.bench.served import Server
from skill_arcade.bench.stretches import Running, read_running
from skill_arcade.dataset import open_dataset

TAIL = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}
_BOUNDS = {"p50": (None, None), "p99": (3.0, 1.5), "p99.9": (12.0, 5.0), "max": (60.0, 20.0)}
_NS_PER_MS = 1_000_000


def read_all_running(server: Server, episodes: Iterable[PlayedEpisode]) -> list[Running]:
    """What the records of these episodes say of their time; the server may be dead."""
    dataset = open_dataset(server.data)
    return [read_running(dataset.episode(each.episode_id)) for each in episodes if each.episode_id]


def lateness_figures(name: str, running: Sequence[Running]) -> list[Figure]:
    """p50, p99, p99.9 and the greatest, with what they must be."""
    lateness_ms = [ns / _NS_PER_MS for each in running for ns in each.lateness_ns]
    return [Figure(f"{name}, {word}", percentile(lateness_ms, TAIL[word]), "ms", *_BOUNDS[word]) for word in TAIL]
