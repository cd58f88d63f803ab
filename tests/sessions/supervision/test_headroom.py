from __future__ import annotations

import math
from collections.abc import Mapping
from uuid import UUID

import pytest

from skill_arcade.sessions.supervision.headroom import (
    SPARE_CORES,
    USUAL_SEAT_CORES,
    CpuUse,
    Headroom,
    Measurement,
    ProcessUse,
    SeatUse,
)

SETTLED_S = 30
HZ = 60


class Machine:
    """Processors and seats that use what a test says, measured once a second."""

    def __init__(self, headroom: Headroom, n_cores: float = 2.0) -> None:
        self.headroom = headroom
        self.n_cores = n_cores
        self.others_cores = 0.0
        self.wait_s = 0.0001
        self.seats: dict[UUID, float] = {}
        self.sharing: set[UUID] = set()
        self._now_s = 0.0
        self._used_s = 1000.0
        self._cpu_s: dict[int, float] = {}
        self._turns: dict[int, int] = {}
        self._steps: dict[UUID, int] = {}
        self.run(1)

    def sit_down(self, number: int, cores: float = 0.0) -> UUID:
        """A new seat, which plays if it uses anything."""
        seat = UUID(int=number)
        self.seats[seat] = cores
        return seat

    def run(self, seconds: int) -> None:
        """Let time pass."""
        for _ in range(seconds):
            self._now_s += 1
            self._used_s += self.others_cores + sum(self.seats.values())
            for seat, cores in self.seats.items():
                pid = self.pid_of(seat)
                self._cpu_s[pid] = self._cpu_s.get(pid, 5.0) + cores
                self._turns[pid] = self._turns.get(pid, 0) + (HZ if cores else 0)
                self._steps[seat] = self._steps.get(seat, 0) + (HZ if cores else 0)
            self.headroom.observe(Measurement(self._now_s, self.read_cpus(), self.read_processes(), self.read_seats()))

    def pid_of(self, seat: UUID) -> int:
        return 1 if seat in self.sharing else 100 + seat.int

    def read_cpus(self) -> Mapping[str, CpuUse]:
        return {"processors": CpuUse(self._used_s, self.n_cores)}

    def read_processes(self) -> Mapping[int, ProcessUse]:
        pids = {self.pid_of(seat) for seat in self.seats}
        return {pid: ProcessUse(self._cpu_s[pid], self._turns[pid] * self.wait_s, self._turns[pid]) for pid in pids}

    def read_seats(self) -> Mapping[UUID, SeatUse]:
        return {seat: SeatUse(self.pid_of(seat), self._steps[seat]) for seat in self.seats}


def fill(machine: Machine, cores: float) -> int:
    """Let players come, each of whom plays for a while before the next one comes, until one is refused."""
    while machine.headroom.has_room():
        machine.sit_down(len(machine.seats), cores)
        machine.run(SETTLED_S)
        assert len(machine.seats) < 10_000
    return len(machine.seats)


@pytest.mark.parametrize(("n_cores", "used"), [(1, 0.80), (2, 0.86), (4, 0.90), (16, 0.95)])
def test_players_are_let_in_until_the_processors_have_only_the_spare_left(n_cores: int, used: float) -> None:
    machine = Machine(Headroom(), n_cores)
    n_players = fill(machine, 0.05)
    limit = n_cores - SPARE_CORES * math.sqrt(n_cores)
    assert limit / n_cores == pytest.approx(used, abs=0.005)
    assert n_players * 0.05 == pytest.approx(limit, abs=0.06)


def test_there_is_room_again_when_somebody_has_left() -> None:
    machine = Machine(Headroom())
    fill(machine, 0.1)
    del machine.seats[UUID(int=0)]
    machine.run(1)
    assert not machine.headroom.has_room()
    machine.run(10)
    assert machine.headroom.has_room()


def test_those_who_were_promised_a_seat_and_do_not_play_yet_are_counted_as_if_they_did() -> None:
    machine = Machine(Headroom())
    n_promised = 0
    while machine.headroom.has_room(n_promised):
        n_promised += 1
    assert n_promised == int((2 - SPARE_CORES * math.sqrt(2)) / USUAL_SEAT_CORES)


def test_seats_at_which_nobody_has_pressed_start_are_counted_as_if_they_played() -> None:
    machine = Machine(Headroom())
    while machine.headroom.has_room():
        machine.sit_down(len(machine.seats))
        machine.run(SETTLED_S)
    assert len(machine.seats) == int((2 - SPARE_CORES * math.sqrt(2)) / USUAL_SEAT_CORES)


def test_a_pause_leaves_a_players_share_free_for_the_player() -> None:
    machine = Machine(Headroom())
    n_players = fill(machine, 0.05)
    for seat in machine.seats:
        machine.seats[seat] = 0.0
    machine.run(SETTLED_S)
    assert not machine.headroom.has_room()
    assert len(machine.seats) == n_players


def test_somebody_who_has_just_begun_is_not_counted_twice() -> None:
    machine = Machine(Headroom(), 4)
    for number in range(40):
        machine.sit_down(number, 0.05)
    machine.run(SETTLED_S)
    machine.sit_down(40, 0.05)
    rooms = []
    for _ in range(SETTLED_S):
        machine.run(1)
        rooms.append(sum(machine.headroom.has_room(n) for n in range(100)))
    assert max(rooms) - min(rooms) <= 1


def test_games_in_turns_cost_what_they_cost_and_do_not_make_the_others_look_cheap() -> None:
    machine = Machine(Headroom())
    for number in range(100):
        machine.sit_down(number, 0.001)
    for number in range(100, 120):
        machine.sit_down(number, 0.05)
    machine.run(SETTLED_S)
    assert machine.headroom.seat_cores == pytest.approx(0.05, rel=0.1)
    assert machine.headroom.has_room()


def test_what_other_programs_use_is_not_there_for_players() -> None:
    machine = Machine(Headroom())
    machine.others_cores = 1.5
    n_players = fill(machine, 0.05)
    assert 2 <= n_players <= 4


def test_the_first_player_is_let_in_however_busy_the_machine_is() -> None:
    machine = Machine(Headroom())
    machine.others_cores = 2.0
    machine.run(SETTLED_S)
    assert machine.headroom.has_room()
    assert not machine.headroom.has_room(n_expected=1)


def test_nobody_is_let_in_while_sessions_wait_long_for_a_processor() -> None:
    """Used up by what the count of used seconds does not show: another virtual machine, a slower processor."""
    machine = Machine(Headroom(), 16)
    for number in range(10):
        machine.sit_down(number, 0.05)
    machine.run(SETTLED_S)
    assert machine.headroom.has_room()
    machine.wait_s = 0.004
    machine.run(SETTLED_S)
    assert not machine.headroom.has_room()


def test_seats_that_share_a_process_share_its_cost() -> None:
    machine = Machine(Headroom())
    machine.sharing = {machine.sit_down(number, 0.02) for number in range(30)}
    machine.run(SETTLED_S)
    assert machine.headroom.seat_cores == pytest.approx(0.02, rel=0.2)


@pytest.mark.parametrize(("limit", "n_players"), [(0.0, 1), (0.52, 20), (1.0, 40)])
def test_a_limit_that_is_set_counts_instead_of_the_measured_one_and_one_is_none(limit: float, n_players: int) -> None:
    machine = Machine(Headroom(limit))
    for number in range(40):
        if machine.headroom.has_room():
            machine.sit_down(number, 0.05)
            machine.run(SETTLED_S)
    assert len(machine.seats) == n_players


def test_where_nothing_can_be_measured_there_is_room() -> None:
    headroom = Headroom()
    for second in range(10):
        headroom.observe(Measurement(second, {}, {}, {UUID(int=1): SeatUse(1, second)}))
        assert headroom.has_room(1000)


def test_of_several_limits_the_tightest_counts() -> None:
    headroom = Headroom()
    for second in range(SETTLED_S):
        cpus = {"processors": CpuUse(0.1 * second, 16), "quota": CpuUse(0.9 * second, 1.0)}
        headroom.observe(Measurement(second, cpus, {}, {UUID(int=1): SeatUse(1, second)}))
    assert not headroom.has_room()
