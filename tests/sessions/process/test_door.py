"""What a template knows of a room that it only hears by a socket."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from skill_arcade.sessions.process.door import MAX_SEATS, Door
from skill_arcade.sessions.process.stock import key_of
from skill_arcade.sessions.process.words import A_STAND_BY, NO_MORE, Hearing, seat_is_free

PONG, BREAKOUT = {"env_id": "ALE/Pong-v5"}, {"env_id": "ALE/Breakout-v5"}


def ask(environment: dict[str, Any], episode_id: UUID | None = None, *, resumes: bool = False) -> dict[str, Any]:
    spec: dict[str, Any] = {"episode_id": str(episode_id or uuid4()), "provenance": None if resumes else {}}
    return {"environment": environment, "spec": spec}


@pytest.fixture
def lifeline() -> Iterator[int]:
    """Of a player. Not the room's own socket: sent through itself it would keep itself open."""
    ours, theirs = os.pipe()
    yield ours
    os.close(ours)
    os.close(theirs)


@contextmanager
def open_door(n_left: int) -> Iterator[tuple[Door, socket.socket]]:
    ours, theirs = socket.socketpair()
    with closing(Door(ours, 0.0, {key_of(PONG): n_left})) as door, theirs:
        yield door, theirs


def test_a_room_takes_whom_it_has_an_environment_and_a_seat_for(lifeline: int) -> None:
    episodes = [uuid4() for _ in range(MAX_SEATS)]
    with open_door(MAX_SEATS + 2) as (door, room):
        assert not door.takes(ask(BREAKOUT))
        for episode in episodes:
            assert door.takes(ask(PONG, episode))
            door.send(ask(PONG, episode), lifeline)
        assert not door.takes(ask(PONG))
        for episode in episodes[:3]:
            room.sendall(seat_is_free(episode))
        assert door.hear()
        assert door.n_seated == MAX_SEATS - 3
        for _ in range(2):
            door.send(ask(PONG), lifeline)
        assert not door.takes(ask(PONG)), "no environment is left"


def test_words_are_understood_in_whatever_pieces_they_come() -> None:
    episodes = [uuid4(), uuid4()]
    said = seat_is_free(episodes[0]) + A_STAND_BY + seat_is_free(episodes[1]) + NO_MORE
    for n in range(1, len(said)):
        hearing = Hearing()
        for start in range(0, len(said), n):
            assert not hearing.is_over
            hearing.take(said[start : start + n])
        assert (hearing.left, hearing.is_over) == (episodes, True)


def test_who_comes_back_waits_for_the_death_of_the_room_and_goes_to_its_stand_by(lifeline: int) -> None:
    """A room that was killed closes its sockets one after another: some have seen it before the door is closed."""
    seated, left = uuid4(), uuid4()
    kept, stand_by = socket.socketpair()
    with open_door(2) as (door, room), kept, stand_by:
        for episode in (seated, left):
            door.send(ask(PONG, episode), lifeline)
        room.sendall(seat_is_free(left))

        def die() -> None:
            time.sleep(0.1)
            socket.send_fds(room, [A_STAND_BY], [stand_by.fileno()])
            room.close()

        dying = threading.Thread(target=die)
        dying.start()
        assert not door.takes(ask(PONG, seated, resumes=True))
        assert door.hear_death_of(str(seated))
        dying.join()
        assert door.takes(ask(PONG, seated, resumes=True))
        assert not door.takes(ask(PONG, left, resumes=True))
        door.send(ask(PONG, seated, resumes=True), lifeline)
        assert kept.recv(4)


def test_of_a_room_that_died_without_a_stand_by_nothing_is_expected(lifeline: int) -> None:
    seated = uuid4()
    with open_door(1) as (door, room):
        door.send(ask(PONG, seated), lifeline)
        room.close()
        assert not door.hear_death_of(str(seated))
        assert door.hear_death_of(str(uuid4())), "it was never here"
