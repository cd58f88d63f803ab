"""Waiting for descriptors: to be read, to be written to, of any number."""

from __future__ import annotations

import fcntl
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from skill_arcade.sessions.process.listeners import Listeners

HIGH = 1500
"""Beyond what `select` takes."""


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_bytes_are_told_until_they_are_read(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    with closing(Listeners[str]()) as listeners:
        listeners.add(far.fileno(), "far")
        assert listeners.wait(0) == ([], [])
        near.send(b"x")
        for _ in range(2):
            assert listeners.wait(1) == ([(far.fileno(), "far")], [])
        far.recv(1)
        assert listeners.wait(0) == ([], [])
        listeners.remove(far.fileno())
        near.send(b"x")
        assert listeners.wait(0) == ([], [])


def test_room_is_told_once_however_often_it_is_expected(pair: tuple[socket.socket, socket.socket]) -> None:
    _, far = pair
    with closing(Listeners[str]()) as listeners:
        for _ in range(2):
            listeners.expect_room(far.fileno(), "far")
        assert listeners.wait(1) == ([], [(far.fileno(), "far")])
        assert listeners.wait(0) == ([], [])
        listeners.expect_room(far.fileno(), "far")
        listeners.remove(far.fileno())
        assert listeners.wait(0) == ([], [])


def test_no_descriptor_is_too_high(pair: tuple[socket.socket, socket.socket]) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard <= HIGH:
        pytest.skip(f"this system lets a process have no more than {hard} files")
    near, far = pair
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, HIGH + 1), hard))
    number = fcntl.fcntl(far.fileno(), fcntl.F_DUPFD_CLOEXEC, HIGH)
    try:
        with closing(Listeners[str]()) as listeners:
            listeners.add(number, "far")
            listeners.expect_room(number, "far")
            near.send(b"x")
            assert listeners.wait(1) == ([(number, "far")], [(number, "far")])
    finally:
        os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
