"""When bytes came, by real sockets of the network."""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.protocol import CLIENT, OPEN, Protocol

from skill_arcade.sessions.process.arrival import read_arrival_ns, stamp_arrivals
from skill_arcade.sessions.process.player_socket import PlayerSocket

DAY_NS = 86_400 * 1_000_000_000
SO_TIMESTAMPNS = 35


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as near:
        far, _ = listener.accept()
        with far:
            yield near, far


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps what comes")
def test_what_is_read_late_is_known_to_have_come_early() -> None:
    """REC-24, LIVE-51."""
    with connected() as (near, far):
        player, client = PlayerSocket(far), Protocol(CLIENT, state=OPEN)
        sent_ns = time.monotonic_ns()
        client.send_text(b"{}")
        for data in client.data_to_send():
            near.sendall(data)
        time.sleep(0.2)
        read_ns = time.monotonic_ns()
        assert player.read() == [b"{}"]
        # The two clocks that are compared run apart by less than that.
        assert sent_ns - 1_000_000 <= player.arrived_ns < read_ns - 50_000_000


def test_without_a_stamp_bytes_came_when_they_were_read() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert stamp_arrivals(far) == 0
    before_ns = time.monotonic_ns()
    assert before_ns <= read_arrival_ns([], before_ns) <= time.monotonic_ns()


@pytest.mark.parametrize("set_by_ns", [-DAY_NS, DAY_NS])
def test_a_wall_clock_that_is_set_meanwhile_moves_no_arrival_out_of_its_bounds(set_by_ns: int) -> None:
    seconds, ns = divmod(time.time_ns() + set_by_ns, 1_000_000_000)
    stamp = (socket.SOL_SOCKET, SO_TIMESTAMPNS, struct.pack("@ll", seconds, ns))
    since_ns = time.monotonic_ns() - 5_000_000
    assert since_ns <= read_arrival_ns([stamp], since_ns) <= time.monotonic_ns()
