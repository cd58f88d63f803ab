"""Players that a machine carries for long, while what they have played is sealed and verified beside them."""

from __future__ import annotations

from dataclasses import dataclass

from skill_arcade.bench.backlog import Backlog, compute_growth
from skill_arcade.bench.crowd.crowd import CrowdSpec
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import LOWEST_RATE_HZ, play, rates_hz, server_in_a_folder, warm_up
from skill_arcade.bench.verifying import count_mismatches

STEPS_OF_PLAYERS = (50, 60, 70)
"""One after the other, until so many are not carried: each takes ten minutes."""

PLAY_S = 600.0
EPISODE_S = (30.0, 150.0)

MAX_GROWTH = 3.0
"""Episodes by which the backlog may differ by chance."""


@dataclass(frozen=True, slots=True)
class Sustained:
    """What happened to so many players, and to what they played.

    Attributes:
        n_players: at once.
        slowest_hz: rate of the slowest.
        most_waiting: episodes that waited to be sealed and verified, at most.
        growth: of the backlog, in episodes (see `compute_growth`); None where it is not known.
        n_mismatches: episodes that could not be made again; 0 where nobody looked.
    """

    n_players: int
    slowest_hz: float
    most_waiting: int
    growth: float | None
    n_mismatches: int

    @property
    def is_carried(self) -> bool:
        """Whether the machine could go on like this."""
        return self.slowest_hz >= LOWEST_RATE_HZ and self.growth is not None and self.growth <= MAX_GROWTH


def sustain(n_players: int, play_s: float, episode_s: tuple[float, float], *, quick: bool) -> Sustained:
    """Let so many play for so long."""
    with server_in_a_folder() as server:
        warm_up(server, settles=not quick)
        backlog = Backlog(server)
        with backlog.following():
            crowd = play(
                server, CrowdSpec(server.url, EIGHT_GAMES, n_players, play_s, apart_s=0.2, episode_s=episode_s)
            )
        n_mismatches = 0 if quick else count_mismatches(server)
    most_waiting = max(backlog.history, default=0)
    return Sustained(n_players, min(rates_hz(crowd)), most_waiting, compute_growth(backlog.history), n_mismatches)


def add_sustained(report: Report, *, quick: bool) -> int:
    """Find out how many are carried; how many episodes could not be made again (0 if quick)."""
    if quick:
        tried = [sustain(8, 8.0, (2.0, 4.0), quick=True)]
        name = "sustained for 8 seconds"
    else:
        tried = _try()
        name = "sustained for 10 minutes, sealing and verifying keeping up"
        carried = max((each.n_players for each in tried if each.is_carried), default=0)
        report.add(Figure(f"{name}: players", carried, "players", 50, 70, "higher"))
    for each in tried:
        these = f"{name}, {each.n_players} players"
        report.add(
            Figure(f"{these}: rate of the slowest", each.slowest_hz, "Hz"),
            Figure(f"{these}: episodes waiting, at most", each.most_waiting, "episodes"),
            Figure(f"{these}: growth of the backlog", each.growth, "episodes"),
        )
    return sum(each.n_mismatches for each in tried)


def _try() -> list[Sustained]:
    """Ever more, until they are too many; those too."""
    tried: list[Sustained] = []
    for n_players in STEPS_OF_PLAYERS:
        tried.append(sustain(n_players, PLAY_S, EPISODE_S, quick=False))
        if not tried[-1].is_carried:
            break
    return tried
