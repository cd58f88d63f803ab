"""How soon one plays: from the ticket to the first picture while others play, and from `serve` to the first game."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from random import Random

from skill_arcade.bench.crowd import CrowdSpec
from skill_arcade.bench.figures import Figure, Report, percentile
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.player import Player, read_us
from skill_arcade.bench.playing import server_in_a_folder, start_crowd, warm_up
from skill_arcade.bench.served import serving
from skill_arcade.client import ArcadeClient

N_COLD = 3
_ARRIVAL_S = 0.2


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench start`."""
    n_players, n_starts = (15, 16) if quick else (50, 160)
    report = Report("start", n_players=n_players, n_starts=n_starts, games=EIGHT_GAMES)
    starts_ms = _measure_starts(n_players, n_starts)
    name = f"ticket to first picture, {n_players} others playing"
    report.add(
        Figure(f"{name}, p50", percentile(starts_ms, 50), "ms", 150, 30),
        Figure(f"{name}, p99", percentile(starts_ms, 99), "ms", 400, 120),
        Figure(
            "`serve` to the first picture of a game",
            statistics.median(_measure_cold() for _ in range(N_COLD)),
            "s",
            4,
            2,
        ),
    )
    return report


def _measure_starts(n_players: int, n_starts: int) -> list[float]:
    """Begin one game after the other, in turn, while others play; milliseconds."""
    with server_in_a_folder() as server:
        warm_up(server)
        arriving_s = n_players * _ARRIVAL_S
        others = CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s=600.0, apart_s=_ARRIVAL_S)
        with start_crowd(others) as crowd:
            try:
                time.sleep(arriving_s + 2)
                return [ms for game in range(n_starts) for ms in asyncio.run(_start(server.url, game))]
            finally:
                crowd.kill()


async def _start(url: str, number: int) -> list[float]:
    game = EIGHT_GAMES[number % len(EIGHT_GAMES)]
    async with ArcadeClient(url) as arcade:
        await arcade.login_as_guest()
        asked_us = read_us()
        ticket = await arcade.ticket(game_id=game)
        player = Player(game, ["Space"], Random(number), asked_us)
        played = await player.play(arcade.socket_url(ticket), asyncio.get_running_loop().time() + 0.5)
    return [played.first_picture_us / 1000] if played.first_picture_us else []


def _measure_cold() -> float:
    """Seconds from starting the server, on new data, to the first picture of Breakout."""
    with tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder:
        began_s = time.monotonic()
        with serving(Path(folder) / "data") as server:
            ready_s = time.monotonic() - began_s
            (first_ms,) = asyncio.run(_start(server.url, 0))
            return ready_s + first_ms / 1000
