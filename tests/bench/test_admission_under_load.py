"""At 130 % of what the processors carry: whoever is let in keeps sixty ticks a second, the others are to come again.

Those who decide are the real ones, told of processors and players that are made up. Time passes in tenths of a second.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import pytest

from skill_arcade.bench.density import OFFERED_SHARE
from skill_arcade.bench.playing import LOWEST_RATE_HZ
from skill_arcade.sessions.supervision.admission import BUSY, Admission
from skill_arcade.sessions.supervision.control import Capacity
from skill_arcade.sessions.supervision.headroom import (
    SPARE_CORES,
    USUAL_SEAT_CORES,
    CpuUse,
    Headroom,
    ProcessUse,
)
from skill_arcade.sessions.supervision.session import Session

TENTHS_A_S = 10
TICKS_A_TENTH = 6
WAIT_A_TICK_S = 0.0002

# When each comes, and then: from the ticket to the session, from there until it is open, until its player starts.
APART_TENTHS, TO_SESSION_TENTHS, TO_OPEN_TENTHS, TO_START_TENTHS = 2, 3, 5, 15
FIRST_TENTHS, SETTLE_TENTHS = 30, 450
"""The server has been there for a while when the first one comes, and goes on when all have come."""

SERVER_CORES = 0.05
"""Of everything but sessions."""

BEGINNING_S = 0.03
"""CPU that a session takes once, before it is open."""

PLACES = 1000
FIRST_PID = 100


@dataclass
class Player:
    """Somebody who wants to play; whoever is refused comes again when told to.

    Attributes:
        number: of the one who came first it is 0.
        asks_at: when a ticket is asked for next.
        sits_down_at: when the session is asked for; None before there is a ticket.
        session: as the supervisor knows it; None before it is asked for.
        cpu_s: that its process had so far.
        n_due: ticks that were due since the player started.
        n_ticks: of these, those that there was CPU for.
    """

    number: int
    asks_at: int
    sits_down_at: int | None = None
    session: Session | None = None
    cpu_s: float = 0.0
    n_due: int = 0
    n_ticks: float = 0.0

    @property
    def episode_id(self) -> UUID:
        return UUID(int=self.number)

    @property
    def person_id(self) -> UUID:
        return UUID(int=PLACES + self.number)


class Machine:
    """Processors, and all who want to play there: what they use, and what is seen of it once a second.

    Attributes:
        limit_cores: how much may be used.
        capacity: players who fit into that.
        players: all who came.
        used_cores: of every second.
        refusals: what those were told who did not get a ticket.
    """

    def __init__(self, n_cores: int, player_cores: float, limit: float | None) -> None:
        self.limit_cores = n_cores - SPARE_CORES * math.sqrt(n_cores)
        self.capacity = (self.limit_cores - SERVER_CORES) / player_cores
        self.players: list[Player] = []
        self.used_cores: list[float] = []
        self.refusals: list[Capacity] = []
        self._n_cores, self._player_cores = n_cores, player_cores
        self._admission = Admission(Headroom(limit), PLACES, lambda: self._now / TENTHS_A_S)
        self._sessions: dict[UUID, Session] = {}
        self._now = 0
        self._used_s = 0.0

    @property
    def n_admitted(self) -> int:
        return len(self._sessions)

    @property
    def slowest_hz(self) -> float:
        """Ticks a second of the slowest of those who were let in."""
        return min(60 * each.n_ticks / each.n_due for each in self.players if each.n_due > 0)

    def read_cpus(self) -> Mapping[str, CpuUse]:
        return {"processors": CpuUse(self._used_s, self._n_cores)}

    def read_processes(self, pids: Collection[int]) -> Mapping[int, ProcessUse]:
        players = [self.players[pid - FIRST_PID] for pid in pids]
        return {
            FIRST_PID + each.number: ProcessUse(each.cpu_s, each.n_ticks * WAIT_A_TICK_S, int(each.n_ticks))
            for each in players
        }

    def offer(self, n_players: int) -> None:
        """Let so many come, one after another, and let all play on for a while."""
        self.players = [Player(number, FIRST_TENTHS + number * APART_TENTHS) for number in range(n_players)]
        used_s = 0.0
        for _ in range(FIRST_TENTHS + n_players * APART_TENTHS + SETTLE_TENTHS):
            for player in self.players:
                self._attend_to(player)
            self._play()
            self._now += 1
            if self._now % TENTHS_A_S == TENTHS_A_S // 2:
                self._beat()
            if self._now % TENTHS_A_S == 0:
                self._admission.measure(self._sessions)
                self.used_cores.append(self._used_s - used_s)
                used_s = self._used_s

    def _attend_to(self, player: Player) -> None:
        if player.sits_down_at is None:
            if player.asks_at == self._now:
                self._ask(player)
        elif player.sits_down_at == self._now:
            assert self._admission.begin(player.episode_id, self._sessions, is_new=True).may_start, "it was promised"
            player.session = self._sessions[player.episode_id] = Session(player.episode_id)
            self._used_s += BEGINNING_S
        elif player.session is not None and player.sits_down_at + TO_OPEN_TENTHS == self._now:
            player.session.pid = FIRST_PID + player.number
            player.session.ready.set_result(None)

    def _ask(self, player: Player) -> None:
        capacity = self._admission.admit(player.episode_id, player.person_id, self._sessions)
        if capacity.may_start:
            player.sits_down_at = self._now + TO_SESSION_TENTHS
        else:
            self.refusals.append(capacity)
            player.asks_at = self._now + capacity.retry_after_s * TENTHS_A_S

    def _play(self) -> None:
        """A tenth of a second. Where more is wanted than there is, everybody gets less of it, and loses ticks."""
        playing = [
            each
            for each in self.players
            if each.sits_down_at is not None and each.sits_down_at + TO_START_TENTHS <= self._now
        ]
        wanted_cores = SERVER_CORES + len(playing) * self._player_cores
        share = min(1.0, self._n_cores / wanted_cores)
        self._used_s += wanted_cores * share / TENTHS_A_S
        for player in playing:
            player.cpu_s += self._player_cores * share / TENTHS_A_S
            player.n_due += TICKS_A_TENTH
            player.n_ticks += TICKS_A_TENTH * share

    def _beat(self) -> None:
        """Every session tells the supervisor how far it is."""
        for player in self.players:
            if player.session is not None:
                player.session.n_steps = int(player.n_ticks)


def offer_too_many(
    monkeypatch: pytest.MonkeyPatch, n_cores: int, player_cores: float, limit: float | None = None
) -> Machine:
    """A machine to which 130 % of its capacity came."""

    async def scenario() -> Machine:  # sessions are made inside an event loop
        machine = Machine(n_cores, player_cores, limit)
        admission = "skill_arcade.sessions.supervision.admission"
        monkeypatch.setattr(f"{admission}.read_cpu_uses", machine.read_cpus)
        monkeypatch.setattr(f"{admission}.read_process_uses", machine.read_processes)
        machine.offer(math.ceil(OFFERED_SHARE * machine.capacity))
        return machine

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("n_cores", "player_cores", "n_too_many"),
    [(2, 0.016, 0), (2, USUAL_SEAT_CORES, 0), (2, 2 * USUAL_SEAT_CORES, 1), (1, 0.04, 0), (4, 0.04, 0)],
    ids=["cheap players", "usual ones", "expensive ones", "one core", "four cores"],
)
def test_as_many_are_let_in_as_keep_their_ticks_and_the_others_are_to_ask_again(
    monkeypatch: pytest.MonkeyPatch, n_cores: int, player_cores: float, n_too_many: int
) -> None:
    """Those who take more than is usual are taken for usual ones while none is measured: one more of them comes in."""
    machine = offer_too_many(monkeypatch, n_cores, player_cores)
    assert 0.8 * machine.capacity <= machine.n_admitted <= machine.capacity + n_too_many
    assert machine.slowest_hz >= LOWEST_RATE_HZ
    # What a beginning takes is over at once, and nobody leaves room for it.
    assert max(machine.used_cores) <= machine.limit_cores + n_too_many * player_cores + BEGINNING_S
    assert len(machine.refusals) >= len(machine.players) - machine.n_admitted
    assert {each.why for each in machine.refusals} == {BUSY}
    assert all(10 <= each.retry_after_s <= 60 for each in machine.refusals)


def test_without_a_limit_the_same_players_take_each_others_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = offer_too_many(monkeypatch, 2, 0.04, limit=1)
    assert machine.n_admitted == len(machine.players) > machine.capacity
    assert machine.refusals == []
    assert machine.slowest_hz < LOWEST_RATE_HZ
