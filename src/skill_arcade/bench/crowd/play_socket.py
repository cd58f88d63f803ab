"""A WebSocket client that costs little: the crowd shares its cores with the server that is measured."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Protocol
from urllib.parse import urlsplit

from skill_arcade.bench.crowd.connection import Connection
from skill_arcade.bench.crowd.event_loop import EventLoop
from skill_arcade.wire.limits import SUBPROTOCOL

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_WHOLE = 0x80
_WHOLE_BINARY = _WHOLE | BINARY
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_END = b"\r\n\r\n"
_NO_MASK = b"\0\0\0\0"
"""A mask must be there; any will do (RFC 6455, 5.3), and with this one a message is masked already."""

LOST = 1006, ""
"""The close of a connection that ended without one."""


class PlayListener(Protocol):
    """Told of each message, in order."""

    def opened(self) -> None:
        """The socket stands: something may be said."""

    def take_binary(self, data: bytes, begin: int, n_bytes: int, came_us: int) -> None:
        """A binary message begins in `data` at `begin`; with its head it took `n_bytes` on the wire above TCP."""

    def take_text(self, text: bytes, n_bytes: int, came_us: int) -> None:
        """A text message, likewise."""

    def closed(self, close: tuple[int, str]) -> None:
        """The socket is no more, or never came to be."""


class PlaySocket:
    """One socket. Messages of the server are never masked nor in fragments, which is asserted."""

    def __init__(self, loop: EventLoop, url: str, listener: PlayListener) -> None:
        """Open `ws://…`."""
        parts = urlsplit(url)
        self._key = base64.b64encode(os.urandom(16))
        self._request = (
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
            f"Sec-WebSocket-Key: {self._key.decode()}\r\n\r\n"
        ).encode()
        self._listener = listener
        self._take_binary = listener.take_binary
        self._rest = b""
        self._is_open = False
        self._close = LOST
        self._connection = Connection(loop, (parts.hostname or "", parts.port or 80), self)

    # --- sending ---

    def send(self, text: bytes) -> None:
        """Send a text message; nothing after the end."""
        self._connection.send(mask_nothing(TEXT, text))

    def read_at_looks(self) -> None:
        """From now on what comes can wait for the loop's next look; when it came is told all the same."""
        self._connection.read_at_looks()

    # --- what comes (connection.Listener) ---

    def connected(self) -> None:
        """Ask for the upgrade."""
        self._connection.send(self._request)

    def lost(self) -> None:
        """The end."""
        self._listener.closed(self._close)

    def take(self, data: bytes, came_us: int) -> None:
        """Take whole messages off; what is left waits for the rest of it."""
        if self._rest:
            data = self._rest + data
        begin, n_bytes = 0, len(data)
        if not self._is_open:
            answered = data.find(_HEAD_END)
            if answered < 0:
                self._rest = data
                return
            begin = answered + len(_HEAD_END)
            self._take_answer(data[:answered])
        while n_bytes - begin >= 2:
            size, body = data[begin + 1], begin + 2
            if size == 126:
                size, body = int.from_bytes(data[begin + 2 : begin + 4]), begin + 4
            elif size == 127:
                size, body = int.from_bytes(data[begin + 2 : begin + 10]), begin + 10
            end = body + size
            if end > n_bytes:
                break
            if data[begin] == _WHOLE_BINARY:
                self._take_binary(data, body, end - begin, came_us)
            else:
                self._take_other(data[begin], data[body:end], end - begin, came_us)
            begin = end
        self._rest = data[begin:] if begin < n_bytes else b""

    def _take_answer(self, head: bytes) -> None:
        """Read the answer to the upgrade.

        Raises:
            ConnectionError: the server does not want a socket.
        """
        accept = base64.b64encode(hashlib.sha1(self._key + _MAGIC, usedforsecurity=False).digest())
        if not head.startswith(b"HTTP/1.1 101 ") or accept not in head:
            raise ConnectionError(f"no socket: {head.decode(errors='replace')}")
        self._is_open = True
        self._listener.opened()

    def _take_other(self, head: int, payload: bytes, n_bytes: int, came_us: int) -> None:
        assert head & 0xF0 == _WHOLE, "the server sends whole messages"
        opcode = head & 0x0F
        if opcode == TEXT:
            self._listener.take_text(payload, n_bytes, came_us)
        elif opcode == PING:
            self._connection.send(mask_nothing(PONG, payload))
        elif opcode == CLOSE:
            self._close = int.from_bytes(payload[:2]) if payload else 1005, payload[2:].decode()
            self._connection.send(mask_nothing(CLOSE, payload[:2]))
            # The server ends the connection (RFC 6455, 7.1.1).


def mask_nothing(opcode: int, payload: bytes) -> bytes:
    """A whole message of a client."""
    size = len(payload)
    assert size < 1 << 16, "a client's message has at most 16,384 bytes (LIVE-12)"
    head = bytes((_WHOLE | opcode, 0x80 | size)) if size < 126 else bytes((_WHOLE | opcode, 0xFE)) + size.to_bytes(2)
    return head + _NO_MASK + payload
