"""How soon one plays: from the ticket to the first picture while others play, and from `serve` to the first game."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from skill_arcade.bench.crowd.crowd import Crowd, CrowdSpec
from skill_arcade.bench.figures import Figure, Report, percentile
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.kills import add_kills
from skill_arcade.bench.playing import server_in_a_folder, start_crowd, warm_up
from skill_arcade.bench.served import DidNotHappen, serving
from skill_arcade.bench.verifying import count_mismatches, mismatch_figure

_ARRIVAL_S = 0.2
_PATIENCE_S = 30.0


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench start`."""
    n_players, n_starts, n_cold = (15, 12, 1) if quick else (50, 160, 3)
    report = Report("start", n_players=n_players, n_starts=n_starts, games=EIGHT_GAMES)
    starts_ms, n_mismatches = _measure_starts(n_players, n_starts, verifies=not quick)
    name = f"ticket to first picture, {n_players} others playing"
    report.add(
        Figure(f"{name}, p50", percentile(starts_ms, 50), "ms", 150, 30),
        Figure(f"{name}, p99", percentile(starts_ms, 99), "ms", 400, 120),
        Figure(
            "`serve` to the first picture of a game",
            statistics.median(_measure_cold() for _ in range(n_cold)),
            "s",
            4,
            2,
        ),
    )
    n_mismatches += add_kills(report, quick=quick)
    if not quick:
        report.add(mismatch_figure(n_mismatches))
    return report


def _measure_starts(n_players: int, n_starts: int, *, verifies: bool) -> tuple[list[float], int]:
    """Begin one game after the other while others play: milliseconds, and episodes that could not be made again."""
    with server_in_a_folder() as server:
        warm_up(server)
        others = CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s=600.0, apart_s=_ARRIVAL_S)
        with start_crowd(others):
            time.sleep(n_players * _ARRIVAL_S + 2)
            starts_ms = [ms for game in range(n_starts) for ms in _start(server.url, game)]
        return starts_ms, count_mismatches(server) if verifies else 0


def _start(url: str, number: int) -> list[float]:
    """Begin one game; milliseconds from before the ticket to the first picture, nothing where none came."""
    game = EIGHT_GAMES[number % len(EIGHT_GAMES)]
    spec = CrowdSpec(url, (game,), 1, _PATIENCE_S, seed=number, apart_s=0.0, episode_s=(0.5, 0.5), n_episodes=1)
    return [us / 1000 for each in Crowd(spec).play().episodes if (us := each.first_picture_us) is not None]


def _measure_cold() -> float:
    """Seconds from starting the server, on new data, to the first picture of Breakout."""
    with tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder:
        began_s = time.monotonic()
        with serving(Path(folder) / "data") as server:
            ready_s = time.monotonic() - began_s
            for first_ms in _start(server.url, 0):
                return ready_s + first_ms / 1000
    raise DidNotHappen("the server started, and no picture of a game came")
