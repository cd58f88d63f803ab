from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.sessions.live_session import new_spec, open_house

from skill_arcade.sessions.supervision.admission import BUSY, FULL, Admission
from skill_arcade.sessions.supervision.control import Capacity
from skill_arcade.sessions.supervision.headroom import Headroom
from skill_arcade.sessions.supervision.session import Session
from skill_arcade.wire.limits import HELLO_TIMEOUT_S, TICKET_LIFETIME_S


class Door:
    """An admission with a clock that a test turns, and the sessions that there are."""

    def __init__(self, limit: float = 1, max_sessions: int = 3) -> None:
        self.now_s = 1000.0
        self.sessions: dict[UUID, Session] = {}
        self.admission = Admission(Headroom(limit), max_sessions, lambda: self.now_s)

    def ask(self, person_id: UUID | None = None, episode_id: UUID | None = None) -> Capacity:
        """A new person asks for a new episode, where neither is named."""
        return self.admission.admit(episode_id or uuid4(), person_id or uuid4(), self.sessions)

    def measure(self) -> None:
        self.now_s += 1
        self.admission.measure(self.sessions)

    def begin(self, episode_id: UUID, *, is_new: bool = True) -> str:
        """Why it may not; empty if it may, and then there is a session."""
        capacity = self.admission.begin(episode_id, self.sessions, is_new=is_new)
        if capacity.may_start:
            self.sessions[episode_id] = Session(episode_id)
        return capacity.why


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Sessions are made inside one."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()


def test_a_promised_place_is_taken_until_its_ticket_is_worthless_live_4() -> None:
    door = Door(max_sessions=2)
    assert [door.ask().may_start for _ in range(3)] == [True, True, False]
    assert door.ask().why == FULL
    door.now_s += TICKET_LIFETIME_S + HELLO_TIMEOUT_S - 1
    assert not door.ask().may_start
    door.now_s += 1
    assert door.ask().may_start


def test_a_session_that_began_is_not_counted_a_second_time_as_promised(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario() -> None:
        door = Door(max_sessions=2)
        episode_id = uuid4()
        assert door.ask(episode_id=episode_id).may_start
        assert door.begin(episode_id) == ""
        assert door.ask().may_start
        assert not door.ask().may_start
        del door.sessions[episode_id]
        assert door.ask().may_start

    loop.run_until_complete(scenario())


def test_however_often_one_person_asks_one_place_is_promised() -> None:
    door = Door(max_sessions=2)
    eager = uuid4()
    assert all(door.ask(eager).may_start for _ in range(40))
    assert door.ask().may_start
    assert door.ask().why == FULL
    assert door.ask(eager).may_start, "their own place is there still"


def test_whoever_comes_back_takes_no_place_that_is_promised(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario() -> None:
        door = Door(max_sessions=2)
        promised, known = uuid4(), uuid4()
        assert door.begin(uuid4(), is_new=False) == ""
        assert door.ask(episode_id=promised).may_start
        assert not door.admission.count(door.sessions).may_start
        assert door.begin(known, is_new=False) == FULL
        assert door.begin(promised) == ""

    loop.run_until_complete(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="headroom is measured on Linux only")
def test_of_two_tickets_of_one_person_the_later_one_has_the_place_and_the_other_needs_room(
    loop: asyncio.AbstractEventLoop,
) -> None:
    async def scenario() -> None:
        for limit, told in ((1.0, ""), (0.0, BUSY)):
            door = Door(limit=limit)
            door.measure()
            person, first, second = uuid4(), uuid4(), uuid4()
            assert door.ask(person, first).may_start
            assert door.ask(person, second).may_start
            assert door.begin(first) == told
            assert door.begin(second) == ""

    loop.run_until_complete(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="headroom is measured on Linux only")
def test_whoever_comes_back_is_not_asked_about_headroom_but_counted(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario() -> None:
        door = Door(limit=0, max_sessions=2)
        door.measure()
        door.measure()
        assert door.ask().may_start
        assert door.ask() == Capacity(0, may_start=False, why=BUSY, retry_after_s=10)
        assert door.admission.count(door.sessions) == Capacity(0, may_start=True, why="", retry_after_s=10)
        assert door.begin(uuid4(), is_new=False) == ""
        door.now_s += TICKET_LIFETIME_S + HELLO_TIMEOUT_S
        assert door.begin(uuid4(), is_new=False) == ""
        assert door.admission.count(door.sessions) == Capacity(2, may_start=False, why=FULL, retry_after_s=10)

    loop.run_until_complete(scenario())


def test_the_more_wait_the_later_each_is_to_ask_again() -> None:
    door = Door(max_sessions=1)
    door.ask()
    told = [door.ask().retry_after_s for _ in range(1000)]
    assert told[:50] == [10] * 50
    assert told == sorted(told)
    assert told[-1] == 60
    door.now_s += 61
    door.ask()
    assert door.ask().retry_after_s == 10


def test_a_supervisor_promises_a_place_and_the_episode_that_has_it_begins(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_house(tmp_path, max_sessions=1) as house:
            spec, person = new_spec("Hanoi.v0"), uuid4()
            for episode_id in (uuid4(), spec.episode_id):  # a page, and the same page loaded anew
                assert (await asyncio.to_thread(house.control.admit, episode_id, person)).may_start
            refused = await asyncio.to_thread(house.control.admit, uuid4(), uuid4())
            assert (refused.may_start, refused.why) == (False, FULL)
            await house.control.ensure(spec)
            assert (await asyncio.to_thread(house.control.capacity)).n_sessions == 1

    asyncio.run(scenario())
