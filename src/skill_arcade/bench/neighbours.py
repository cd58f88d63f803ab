"""What players of Atari games notice of neighbours that take the processor: their lateness table must not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from skill_arcade.bench.crowd.crowd import CrowdSpec
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.lateness import lateness_figures, read_all_running
from skill_arcade.bench.playing import play, server_in_a_folder, start_crowd, warm_up
from skill_arcade.bench.served import Server
from skill_arcade.bench.verifying import count_mismatches

_HEAVY_FOLDER = Path(__file__).parent / "heavy"
_LANDER, _SLOW, _RUNAWAY = "LunarLander.v3", "Slow.v0", "Runaway.v0"
_ARRIVAL_S = 6.0
"""Seconds that the neighbours are given to come and to make themselves felt."""


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """Who is there besides.

    Attributes:
        name: as it is told.
        games: one player each.
        exports: whether all cores are busy with an export.
    """

    name: str
    games: tuple[str, ...] = ()
    exports: bool = False


_LONG = (
    _Neighbours("without neighbours"),
    _Neighbours("beside two LunarLanders and a game of 30 ms a step", (_LANDER, _LANDER, _SLOW)),
    _Neighbours("beside a runaway environment", (_RUNAWAY,)),
    _Neighbours("beside an export on all cores", exports=True),
)
_QUICK = (_Neighbours("beside all kinds of neighbours", (_LANDER, _LANDER, _SLOW, _RUNAWAY), exports=True),)


def add_neighbours(report: Report, *, quick: bool) -> int:
    """Measure the lateness of Atari games beside each; how many episodes could not be made again (0 if quick)."""
    n_players, play_s = (8, 5.0) if quick else (30, 12.0)
    n_mismatches = 0
    for neighbours in _QUICK if quick else _LONG:
        with server_in_a_folder(games=str(_HEAVY_FOLDER)) as server:
            warm_up(server, settles=not quick)
            with _present(server, neighbours):
                crowd = play(server, CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s, apart_s=0.2))
            server.kill_everything()
            running = read_all_running(server, crowd.episodes)
            n_mismatches += 0 if quick else count_mismatches(server)
        name = f"{n_players} players {neighbours.name}"
        report.add(
            *lateness_figures(f"{name}: tick lateness", running),
            Figure(f"{name}: stalls", sum(each.n_stalls for each in running), "stalls"),
        )
    return n_mismatches


@contextmanager
def _present(server: Server, neighbours: _Neighbours) -> Iterator[None]:
    """The neighbours are there, and at the end of the context they are not."""
    with ExitStack() as stack:
        if neighbours.games:
            spec = CrowdSpec(server.url, neighbours.games, len(neighbours.games), play_s=3600.0)
            # What becomes of a runaway is no news.
            stack.enter_context(start_crowd(spec, stderr=subprocess.DEVNULL))
        if neighbours.exports:
            for _ in os.sched_getaffinity(0):
                export = subprocess.Popen([sys.executable, "-m", "skill_arcade.bench.heavy.export"])
                stack.enter_context(export)
                stack.callback(export.kill)
        if neighbours.games or neighbours.exports:
            time.sleep(_ARRIVAL_S)
        yield
