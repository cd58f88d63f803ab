"""How many players a machine carries, and what one costs: CPU of a picture against the bare emulator, memory, rate."""

from __future__ import annotations

import statistics
from pathlib import Path

from skill_arcade.bench.cpu_times import CpuSpan
from skill_arcade.bench.crowd import CrowdReport, CrowdSpec
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import (
    cpu_us_of_a_frame,
    measure_bare_act_us,
    play,
    play_and_account,
    rates_hz,
    server_in_a_folder,
    warm_up,
)
from skill_arcade.bench.served import DidNotHappen, Server

LIVE_ROLES = ("sessions", "gateway")
LOWEST_RATE_HZ = 59.5
"""Below this a player has not been given sixty ticks a second."""

STEPS_OF_PLAYERS = (60, 75, 90, 105, 125, 150)
_APART_S = 0.2
_KIB_A_MB = 1000_000 / 1024


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench density`."""
    n_players, play_s = (20, 8.0) if quick else (50, 30.0)
    report = Report("density", n_players=n_players, play_s=play_s, games=EIGHT_GAMES)
    bare_us = [measure_bare_act_us(n_players)]
    with server_in_a_folder() as server:
        warm_up(server)
        memory_mb: list[float] = []
        crowd, span = play_and_account(
            server, _crowd(server, n_players, play_s), lambda: _note_memory(server, memory_mb)
        )
    bare_us.append(measure_bare_act_us(n_players))
    _add_costs(report, crowd, span, statistics.mean(bare_us), n_players)
    report.add(
        Figure(f"private memory of a session, {n_players} players", statistics.median(memory_mb), "MB", 8, 5),
    )
    if not quick:
        report.add(Figure("players, none under 59.5 Hz", _count_players(), "players", 90, 125, "higher"))
    return report


def _crowd(server: Server, n_players: int, play_s: float) -> CrowdSpec:
    return CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s, apart_s=_APART_S)


def _add_costs(report: Report, crowd: CrowdReport, span: CpuSpan | None, bare_us: float, n_players: int) -> None:
    if span is None:
        raise DidNotHappen("the players were not all there for long enough: play longer")
    us = cpu_us_of_a_frame(crowd, span)
    live_us = sum(us[role] for role in LIVE_ROLES)
    n_pictures = sum(episode.n_pictures for episode in crowd.episodes)
    report.add(
        Figure(f"live CPU of a picture / bare act, {n_players} players", live_us / bare_us, "", 3.0, 1.9),
        Figure("bare act", bare_us, "µs"),
        *(Figure(f"CPU of a picture: {role}", role_us, "µs") for role, role_us in us.items()),
        Figure("CPU of a picture: the crowd itself", crowd.cpu_s / n_pictures * 1e6, "µs"),
        Figure("rate of the slowest player", min(rates_hz(crowd)), "Hz"),
    )


def _note_memory(server: Server, memory_mb: list[float]) -> None:
    for pid in server.session_pids():
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue  # it ended this moment
        private_kib = sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
        memory_mb.append(private_kib / _KIB_A_MB)


def _count_players() -> float:
    """The most that were played with at once, without anybody under the lowest rate; 0 if the fewest were too many."""
    carried = 0
    for n_players in STEPS_OF_PLAYERS:
        with server_in_a_folder() as server:
            warm_up(server)
            crowd = play(server, _crowd(server, n_players, 20.0))
        if crowd.refused or min(rates_hz(crowd)) < LOWEST_RATE_HZ:
            break
        carried = n_players
    return carried
