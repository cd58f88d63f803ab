"""A room that is spoken to by its door, in a thread of this process."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.sessions.live_session import new_spec

from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.sessions.fd_passing import send_with_descriptors
from skill_arcade.sessions.process.game_rules import rules_of_game
from skill_arcade.sessions.process.priority import Priority
from skill_arcade.sessions.process.room import Room
from skill_arcade.sessions.process.stock import Stock, key_of
from skill_arcade.sessions.process.words import NO_MORE, NOBODY_RETURNS, seat_is_free
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec


def environment_of(spec: SessionSpec) -> dict[str, Any]:
    assert spec.provenance is not None
    environment: dict[str, Any] = spec.provenance["environment"]
    return environment


def request_of(spec: SessionSpec) -> dict[str, Any]:
    return {"environment": environment_of(spec), "spec": spec.to_json()}


class Template:
    """What stands on the other side of the door."""

    def __init__(self, door: socket.socket) -> None:
        door.settimeout(30)
        self._door = door

    def send_in(self, spec: SessionSpec) -> list[dict[str, Any]]:
        """Send somebody in who is refused; what the room tells the supervisor of it."""
        ours, theirs = socket.socketpair()
        ours.settimeout(30)
        with ours:
            with theirs:
                send_with_descriptors(self._door, request_of(spec), [theirs.fileno()])
            with ours.makefile() as lines:
                return [json.loads(line) for line in lines]

    def say(self, message: dict[str, Any]) -> None:
        send_with_descriptors(self._door, message, [])

    def hear(self, n_bytes: int) -> bytes:
        words = b""
        while len(words) < n_bytes:
            words += self._door.recv(n_bytes - len(words))
        return words


@contextmanager
def open_room(places: Places, spec: SessionSpec, n_open: int, started: SessionSpec | None = None) -> Iterator[Template]:
    """A room with so many environments for episodes like `spec`, and one that waits for who has `started` to return."""
    ours, theirs = socket.socketpair()
    stock = Stock(EnvironmentSpec.from_json(environment_of(spec)))
    for _ in range(n_open):
        stock.grow()
    stocks = {key_of(environment_of(spec)): stock}
    room = Room(theirs, stocks, rules_of_game, places, SessionLimits(), 0.0, Priority(may_be_first=False))
    if started is not None:
        environment = EnvironmentSpec.from_json(environment_of(started))
        room._started[started.episode_id] = 0, open_simulation(environment)
    running = threading.Thread(target=room.run)
    running.start()
    with closing(ours):
        yield Template(ours)
    running.join(30)
    assert not running.is_alive()


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    # The path of a socket is to be short.
    with tempfile.TemporaryDirectory(prefix="arcade-") as sockets:
        yield Places(tmp_path / "journal", Path(sockets))


def test_the_journal_of_an_episode_that_has_no_doorstep_is_free(places: Places) -> None:
    """REC-32: the room goes on, and another process is to take the episode up."""
    spec = new_spec("Hanoi.v0")
    places.session_socket(spec.episode_id).mkdir()  # so that no socket can be there
    with open_room(places, spec, 1) as template:
        told = template.send_in(spec)
        assert [set(each) for each in told] == [{"pid"}]
        journal = journal_path(places.journal_folder(spec.episode_id), 1)
        assert journal.exists()
        assert not is_locked(journal)


def test_who_comes_without_a_lifeline_is_refused_and_the_room_goes_on(places: Places) -> None:
    """A system that has no descriptor left delivers the message alone."""
    spec, other = new_spec("Hanoi.v0"), new_spec("Hanoi.v0")
    with open_room(places, spec, 0) as template:
        template.say(request_of(spec))
        refused = seat_is_free(spec.episode_id) + NO_MORE
        assert template.hear(len(refused)) == refused
        assert [set(each) for each in template.send_in(other)] == [{"pid"}]


def test_environments_are_not_kept_for_those_who_have_not_come_back_in_time(places: Places) -> None:
    spec = new_spec("Hanoi.v0")
    with open_room(places, spec, 0, started=spec) as template:
        template.say({NOBODY_RETURNS: True})
        assert [set(each) for each in template.send_in(spec)] == [{"pid"}]
        refused = seat_is_free(spec.episode_id) + NO_MORE
        assert template.hear(len(refused)) == refused
