"""What players feel when processes are killed: that of one session, those of twenty at once, the gateway's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from skill_arcade.bench.crowd.crowd import Crowd, CrowdSpec
from skill_arcade.bench.crowd.event_loop import read_us
from skill_arcade.bench.crowd.played import PlayedEpisode, longest_gap_us, rate_hz
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.bench.games import EIGHT_GAMES
from skill_arcade.bench.playing import LOWEST_RATE_HZ, read_report, server_in_a_folder, start_crowd, warm_up
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.bench.verifying import count_mismatches
from skill_arcade.sessions.supervision.control import SessionStatus
from skill_arcade.wire.closes import Close

STOPPED_US = 300_000
"""Somebody whose pictures stay away for longer than this has been stopped, not slowed down."""

LASTING_GAME = "Breakout.v0"
LASTING_KEYS = ("ArrowLeft", "ArrowRight")
"""No game of Breakout ends before the ball is served, which another key does."""

_APART_S = 0.2
_ARRIVAL_PATIENCE_S = 5.0
"""Seconds that the players may take to arrive and begin, besides those between two of them."""

_PRESENT_SHARE = 0.8
_LOOK_INTERVAL_S = 0.2
_SHORTEST_LOOK_US = 2_000_000
_NEWCOMER_PATIENCE_S = 10.0

Players = Sequence[Sequence[PlayedEpisode]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Players, how many of them are killed at once, seconds of play before the first kill, and after each."""

    n_players: int
    n_at_once: int
    play_s: float
    after_s: tuple[float, float, float]


_LONG = _Plan(n_players=51, n_at_once=20, play_s=600.0, after_s=(20.0, 75.0, 15.0))
_QUICK = _Plan(n_players=8, n_at_once=4, play_s=3.0, after_s=(3.0, 5.0, 4.0))


@dataclass(frozen=True, slots=True)
class Felt:
    """What a kill did to those who played.

    Attributes:
        n_stopped: players whose pictures stayed away.
        longest_s: between two pictures of one of the players.
        slowest_other_hz: rate of the slowest of those who were not stopped, meanwhile; None where there are none.
    """

    n_stopped: int
    longest_s: float
    slowest_other_hz: float | None


def feel(players: Players, begin_us: int, end_us: int) -> Felt:
    """What happened to players, by the pictures that they were sent, from a kill until something else happened."""
    # The last picture before a stop came shortly before the kill; a gap that began earlier is of something else.
    gaps_us = [longest_gap_us(episodes, begin_us - STOPPED_US, end_us - STOPPED_US) for episodes in players]
    longest_us = max(gaps_us, default=0)
    look_us = min(end_us, begin_us + max(longest_us, _SHORTEST_LOOK_US))
    others = [
        rate
        for episodes, gap_us in zip(players, gaps_us, strict=True)
        if gap_us < STOPPED_US and (rate := rate_hz(episodes, begin_us, look_us)) is not None
    ]
    n_stopped = sum(gap_us >= STOPPED_US for gap_us in gaps_us)
    return Felt(n_stopped, longest_us / 1e6, min(others, default=None))


def add_kills(report: Report, *, quick: bool) -> int:
    """Kill, and look at what the players were sent; how many episodes could not be made again (0 if quick)."""
    plan = _QUICK if quick else _LONG
    n_lasting = plan.n_at_once + 1
    all_s = plan.n_players * _APART_S + plan.play_s + sum(plan.after_s) + _ARRIVAL_PATIENCE_S
    with server_in_a_folder() as server:
        warm_up(server, settles=not quick)
        lasting = CrowdSpec(server.url, (LASTING_GAME,), n_lasting, all_s, seed=1, apart_s=_APART_S, keys=LASTING_KEYS)
        others = CrowdSpec(server.url, EIGHT_GAMES, plan.n_players - n_lasting, all_s, apart_s=_APART_S)
        with start_crowd(lasting) as first, start_crowd(others) as second:
            _await_players(server, plan.n_players)
            time.sleep(plan.play_s)
            blows_us, n_steps = [read_us()], _kill_sessions(server, 1)
            time.sleep(plan.after_s[0])
            blows_us.append(read_us())
            _kill_sessions(server, plan.n_at_once)
            time.sleep(plan.after_s[1])
            blows_us.append(read_us())
            server.kill(server.pids(" gateway "))
            newcomer_us = _welcome_newcomer(server)
            crowds = [read_report(each, server) for each in (first, second)]
        n_mismatches = 0 if quick else count_mismatches(server)
    players = [episodes for crowd in crowds for episodes in crowd.players]
    ends_us = [*blows_us[1:], min(crowd.ended_us for crowd in crowds)]
    if ends_us[-1] <= blows_us[-1]:
        raise DidNotHappen("the players had left before the last kill: this machine is too busy for these figures")
    one, many, gateway = (feel(players, *span) for span in zip(blows_us, ends_us, strict=True))
    name = f"a session killed after {n_steps:,} steps"
    report.add(Figure(f"{name}: frozen for", one.longest_s, "s", 6, 1), *_tell(name, one))
    name = f"{plan.n_at_once} sessions killed at once"
    report.add(Figure(f"{name}: the last one back after", many.longest_s, "s", 60, 10), *_tell(name, many))
    name = "the gateway killed"
    report.add(Figure(f"{name}: longest gap in play", gateway.longest_s, "s", 1, 0.3), *_tell(name, gateway))
    if newcomer_us is not None:
        report.add(Figure(f"{name}: a newcomer's first picture after", (newcomer_us - blows_us[2]) / 1e6, "s"))
    lost = [each for episodes in players for each in episodes if each.close[0] != Close.ENDED]
    report.add(Figure("episodes lost by kills", len(lost), "episodes", 0, 0))
    return n_mismatches


def choose_processes(sessions: Sequence[SessionStatus], n_sessions: int) -> set[int]:
    """The processes of so many sessions, or a few more where several share one; those of the longest episodes first."""
    pids: set[int] = set()
    # One that is being started has no process yet, which is told as 0: a signal to 0 would be for ourselves.
    sessions = [each for each in sessions if each.pid > 0]
    for session in sorted(sessions, key=lambda each: each.n_steps, reverse=True):
        if sum(each.pid in pids for each in sessions) >= n_sessions:
            break
        pids.add(session.pid)
    return pids


def _await_players(server: Server, n_players: int) -> None:
    """Return when nearly so many play; there is always somebody between two episodes.

    Raises:
        DidNotHappen: they do not, within the time that they have for it.
    """
    deadline_s = time.monotonic() + n_players * _APART_S + _ARRIVAL_PATIENCE_S
    while sum(each.n_steps > 0 for each in server.sessions()) < _PRESENT_SHARE * n_players:
        if time.monotonic() > deadline_s:
            raise DidNotHappen(f"{n_players} players did not begin in time: this machine is too busy for these figures")
        time.sleep(_LOOK_INTERVAL_S)


def _kill_sessions(server: Server, n_sessions: int) -> int:
    """Kill the processes of so many sessions at once; steps of the longest of these episodes."""
    sessions = server.sessions()
    server.kill(choose_processes(sessions, n_sessions))
    return max(each.n_steps for each in sessions)


def _welcome_newcomer(server: Server) -> int | None:
    """When somebody who comes now saw a first picture; None if that took too long."""
    spec = CrowdSpec(
        server.url, EIGHT_GAMES[:1], 1, _NEWCOMER_PATIENCE_S, apart_s=0.0, episode_s=(0.5, 0.5), n_episodes=1
    )
    pictures = [each.pictures for each in Crowd(spec).play().episodes if each.n_pictures]
    return int(pictures[0]["arrived_us"][0]) if pictures else None


def _tell(name: str, felt: Felt) -> tuple[Figure, Figure]:
    return (
        Figure(f"{name}: players who were stopped", felt.n_stopped, "players"),
        Figure(
            f"{name}: rate of the slowest other", felt.slowest_other_hz, "Hz", LOWEST_RATE_HZ, LOWEST_RATE_HZ, "higher"
        ),
    )
