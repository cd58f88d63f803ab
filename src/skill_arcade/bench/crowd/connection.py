"""A TCP connection of the crowd's own loop: opened without waiting, read as it comes, written at once.

What came is told with the time at which it came, which is the kernel's: how late this process looks changes nothing.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Protocol

from skill_arcade.bench.crowd.event_loop import READ, WRITE, EventLoop

_CHUNK_BYTES = 16_384
_SO_TIMESTAMPNS = 35  # socket(7) on Linux; Python has no name for it
_TIMESPEC = struct.Struct("qq")
_STAMP_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)


class Listener(Protocol):
    """Told what becomes of a connection."""

    def connected(self) -> None:
        """It stands: something may be sent."""

    def take(self, data: bytes, came_us: int) -> None:
        """Some bytes came, the last of them at `came_us`, a time of `event_loop.read_us`."""

    def lost(self) -> None:
        """It is no more, or never came to be. Not told to whoever closed it."""


class Connection:
    """One connection."""

    def __init__(self, loop: EventLoop, address: tuple[str, int], listener: Listener) -> None:
        self._loop = loop
        self._listener = listener
        self._take = listener.take
        self._is_closed = False
        self._socket = socket.socket()
        self._socket.settimeout(0)
        # Without it a message would wait for the acknowledgement of the one before.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.connect_ex(address)
        loop.watch(self._socket.fileno(), WRITE, self._on_connected)
        self._receive = self._socket.recvmsg

    def read_at_looks(self) -> None:
        """From now on what comes can wait for the loop's next look."""
        if not self._is_closed:
            self._loop.forget(self._socket.fileno())
            self._loop.watch_at_looks(self._socket.fileno(), self._on_data)

    def send(self, data: bytes) -> None:
        """Send all of it; nothing after the end."""
        if self._is_closed:
            return
        try:
            n_sent = self._socket.send(data)
        except OSError:
            n_sent = -1
        if n_sent != len(data):
            # What is sent is small: a server that leaves megabytes unread is as good as gone.
            self.close()
            # Not at once: whoever sends does not expect to be told in the middle of it.
            self._loop.call_in(0, self._listener.lost)

    def close(self) -> None:
        """Be gone, without a word."""
        if not self._is_closed:
            self._is_closed = True
            self._loop.forget(self._socket.fileno())
            self._socket.close()

    def _on_connected(self) -> None:
        if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._end()
            return
        self._loop.forget(self._socket.fileno())
        self._loop.watch(self._socket.fileno(), READ, self._on_data)
        self._listener.connected()

    def _on_data(self) -> None:
        try:
            data, stamps, _, _ = self._receive(_CHUNK_BYTES, _STAMP_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data, stamps = b"", []
        if data:
            self._take(data, read_stamp_us(stamps[0][2]) if stamps else time.monotonic_ns() // 1000)
        else:
            self._end()

    def _end(self) -> None:
        self.close()
        self._listener.lost()


def read_stamp_us(stamp: bytes) -> int:
    """A time of the kernel as one of `event_loop.read_us`: less what has passed since."""
    seconds, nanoseconds = _TIMESPEC.unpack(stamp)
    passed_ns: int = time.time_ns() - seconds * 1_000_000_000 - nanoseconds
    return (time.monotonic_ns() - passed_ns) // 1000
