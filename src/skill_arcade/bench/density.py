"""How many players a machine carries, and what one costs: CPU of a picture against the bare emulator, memory, rate."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from skill_arcade.bench.crowd.crowd import CrowdReport, CrowdSpec
from skill_arcade.bench.crowd.played import rate_hz
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import (
    LOWEST_RATE_HZ,
    cpu_us_of_a_frame,
    measure_bare_act_us,
    play,
    play_and_account,
    rates_hz,
    server_in_a_folder,
    warm_up,
)
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.bench.sustained import add_sustained
from skill_arcade.bench.verifying import count_mismatches, mismatch_figure

LIVE_ROLES = ("sessions", "gateway")

GROWTH = (1, 10, 25, 50, 100)
"""Players of the growth curve; the cost of a picture is held against what it must be at one of them."""

N_PLAYERS = 50
STEPS_OF_PLAYERS = (60, 75, 90, 105, 125, 150)
OFFERED_SHARE = 1.3

_APART_S = 0.2
_COUNTED_S = 20.0
_KIB_A_MB = 1000_000 / 1024


@dataclass(slots=True)
class _Cost:
    """What so many players cost.

    Attributes:
        cpu_us: of a picture, by role.
        slowest_hz: rate of the slowest player.
        memory_mb: private memory of a session, of all of them halfway; that of a process is shared out to its sessions.
        n_mismatches: episodes that could not be made again; 0 where nobody looked.
        act_us: CPU of a bare `act`, just before and just after; NaN where nobody measured it.
    """

    cpu_us: dict[str, float] = field(default_factory=dict)
    slowest_hz: float = 0.0
    memory_mb: list[float] = field(default_factory=list)
    n_mismatches: int = 0
    act_us: float = math.nan

    @property
    def live_us(self) -> float:
        """CPU of a picture until it is with its player, and in the journal."""
        return sum(self.cpu_us[role] for role in LIVE_ROLES)

    @property
    def in_acts(self) -> float:
        """The same in units of a bare `act`."""
        return self.live_us / self.act_us


def measure(*, quick: bool) -> Report:
    """The figures of `skill-arcade bench density`."""
    n_players, play_s, n_runs = (20, 8.0, 1) if quick else (N_PLAYERS, 30.0, 3)
    report = Report("density", n_players=n_players, play_s=play_s, n_runs=n_runs, games=EIGHT_GAMES)
    costs = [_measure_cost_in_acts(n_players, play_s, verifies=not quick) for _ in range(n_runs)]
    cost = sorted(costs, key=lambda each: each.in_acts)[n_runs // 2]
    report.add(
        Figure(f"live CPU of a picture / bare act, {n_players} players", cost.in_acts, "", 3.0, 1.9),
        Figure("bare act", cost.act_us, "µs"),
        *(Figure(f"CPU of a picture: {role}", us, "µs") for role, us in cost.cpu_us.items()),
        Figure("rate of the slowest player", cost.slowest_hz, "Hz"),
        Figure(f"private memory of a session, {n_players} players", statistics.median(cost.memory_mb), "MB", 8, 5),
    )
    n_mismatches = sum(each.n_mismatches for each in costs)
    if not quick:
        n_mismatches += _add_growth(report, cost, play_s)
        n_mismatches += _add_capacity(report)
    n_mismatches += add_sustained(report, quick=quick)
    if not quick:
        report.add(mismatch_figure(n_mismatches))
    return report


def _crowd(server: Server, n_players: int, play_s: float) -> CrowdSpec:
    return CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s, apart_s=_APART_S)


def _measure_cost_in_acts(n_players: int, play_s: float, *, verifies: bool) -> _Cost:
    before_us = measure_bare_act_us(n_players)
    cost = _measure_cost(n_players, play_s, verifies=verifies)
    cost.act_us = statistics.mean((before_us, measure_bare_act_us(n_players)))
    return cost


def _measure_cost(n_players: int, play_s: float, *, verifies: bool) -> _Cost:
    cost = _Cost()
    with server_in_a_folder() as server:
        warm_up(server)
        crowd, span = play_and_account(
            server, _crowd(server, n_players, play_s), lambda: _note_memory(server, cost.memory_mb)
        )
        if span is None or not cost.memory_mb:
            raise DidNotHappen("the players were not all there for long enough: play longer")
        cost.cpu_us, cost.slowest_hz = cpu_us_of_a_frame(crowd, span), min(rates_hz(crowd))
        if verifies:
            cost.n_mismatches = count_mismatches(server)
    return cost


def _note_memory(server: Server, memory_mb: list[float]) -> None:
    for pid, n_sessions in Counter(each.pid for each in server.sessions()).items():
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue  # it ended this moment
        private_kib = sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
        memory_mb += [private_kib / _KIB_A_MB / n_sessions] * n_sessions


def _add_growth(report: Report, known: _Cost, play_s: float) -> int:
    """What a picture costs with few and with many players; how many episodes could not be made again."""
    n_mismatches = 0
    for n_players in GROWTH:
        cost = known if n_players == N_PLAYERS else _measure_cost(n_players, play_s, verifies=True)
        n_mismatches += 0 if cost is known else cost.n_mismatches
        report.add(
            *(
                Figure(f"growth, {n_players} players: CPU of a picture, {role}", cost.cpu_us[role], "µs")
                for role in (*LIVE_ROLES, "shipper", "crowd")
            ),
            Figure(f"growth, {n_players} players: rate of the slowest", cost.slowest_hz, "Hz"),
        )
    return n_mismatches


def _add_capacity(report: Report) -> int:
    """How many can play, and what happens if more want to; how many episodes could not be made again."""
    carried, n_mismatches = 0, 0
    for n_players in STEPS_OF_PLAYERS:
        with server_in_a_folder() as server:
            warm_up(server)
            crowd = play(server, _crowd(server, n_players, _COUNTED_S))
            n_mismatches += count_mismatches(server)
        if crowd.refused or min(rates_hz(crowd)) < LOWEST_RATE_HZ:
            break
        carried = n_players
    report.add(Figure("players, none under 59.5 Hz", carried, "players", 90, 125, "higher"))
    return n_mismatches + _add_offer(report, math.ceil(OFFERED_SHARE * (carried or STEPS_OF_PLAYERS[0])))


def _add_offer(report: Report, n_offered: int) -> int:
    """More players than there is room for, and a server that may refuse some."""
    with server_in_a_folder(admits_all=False) as server:
        warm_up(server)
        crowd = play(server, _crowd(server, n_offered, _COUNTED_S))
        n_mismatches = count_mismatches(server)
    report.add(*offer_figures(crowd))
    return n_mismatches


def offer_figures(crowd: CrowdReport) -> list[Figure]:
    """What became of a crowd that was too large: of those admitted and of those refused."""
    admitted = [episodes for episodes in crowd.players if episodes]
    rates = [rate for episodes in admitted if (rate := rate_hz(episodes)) is not None]
    name = f"{len(crowd.players)} players offered"
    return [
        Figure(f"{name}: admitted", len(admitted), "players"),
        Figure(f"{name}: tickets refused", crowd.refused, "tickets"),
        Figure(
            f"{name}: rate of the slowest of those admitted",
            min(rates, default=None),
            "Hz",
            LOWEST_RATE_HZ,
            LOWEST_RATE_HZ,
            "higher",
        ),
    ]
