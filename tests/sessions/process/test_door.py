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
from skill_arcade.sessions.process.words import A_STAND_BY, NO_MORE, NOBODY_RETURNS, Hearing, seat_is_free

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


def turn_to_stand_by(door: Door, room: socket.socket) -> socket.socket:
    """Let the room die, and its stand-by take its place; the stand-by's end."""
    kept, stand_by = socket.socketpair()
    with stand_by:
        socket.send_fds(room, [A_STAND_BY], [stand_by.fileno()])
    room.close()
    while door.expires_s is None:
        assert door.hear()
    return kept


def expects(door: Door) -> bool:
    return door.expires_s is not None


def hear_words(door: Door, stand_by: socket.socket, words: bytes) -> bool:
    stand_by.sendall(words)
    return door.hear()


def test_in_a_stand_by_the_seats_of_those_who_may_come_back_are_kept(lifeline: int) -> None:
    episodes = [uuid4() for _ in range(MAX_SEATS)]
    with open_door(2 * MAX_SEATS) as (door, room):
        for episode in episodes:
            door.send(ask(PONG, episode), lifeline)
        with turn_to_stand_by(door, room) as stand_by:
            assert not door.takes(ask(PONG))
            for episode in episodes[1:]:
                assert door.takes(ask(PONG, episode, resumes=True))
                door.send(ask(PONG, episode, resumes=True), lifeline)
                assert not door.takes(ask(PONG))
            assert expects(door), "one is missing"
            assert door.expire()
            assert not expects(door)
            assert not door.takes(ask(PONG, episodes[0], resumes=True)), "it is too late"
            assert door.takes(ask(PONG))
            told = b""
            while NOBODY_RETURNS.encode() not in told:
                told += stand_by.recv(4096)


def test_of_a_stand_by_to_which_nobody_came_back_nothing_is_expected(lifeline: int) -> None:
    with open_door(1) as (door, room):
        door.send(ask(PONG), lifeline)
        with turn_to_stand_by(door, room):
            assert not door.expire()


def test_a_stand_by_goes_on_for_those_who_are_expected_when_the_first_one_is_refused(lifeline: int) -> None:
    first, second = uuid4(), uuid4()
    with open_door(2) as (door, room):
        for episode in (first, second):
            door.send(ask(PONG, episode), lifeline)
        with turn_to_stand_by(door, room) as stand_by:
            door.send(ask(PONG, first, resumes=True), lifeline)
            assert hear_words(door, stand_by, seat_is_free(first) + NO_MORE), "another one may come back"
            door.send(ask(PONG, second, resumes=True), lifeline)
            assert not hear_words(door, stand_by, seat_is_free(second) + NO_MORE)


def test_a_room_that_wants_to_end_does_not_while_somebody_is_on_the_way_to_it(lifeline: int) -> None:
    first, second = uuid4(), uuid4()
    with open_door(2) as (door, room):
        door.send(ask(PONG, first), lifeline)
        door.send(ask(PONG, second), lifeline)
        assert hear_words(door, room, seat_is_free(first) + NO_MORE)
        assert not hear_words(door, room, seat_is_free(second) + NO_MORE)


def test_of_two_rooms_that_die_one_after_the_other_everybody_is_expected(lifeline: int) -> None:
    slow, quick = uuid4(), uuid4()
    with open_door(2) as (door, room):
        for episode in (slow, quick):
            door.send(ask(PONG, episode), lifeline)
        with turn_to_stand_by(door, room) as stand_by:
            door.send(ask(PONG, quick, resumes=True), lifeline)
            door.expires_s = None
            with turn_to_stand_by(door, stand_by):
                assert door.takes(ask(PONG, slow, resumes=True))
                assert door.takes(ask(PONG, quick, resumes=True))
