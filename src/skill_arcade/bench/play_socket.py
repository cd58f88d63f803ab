"""A WebSocket client that costs little: the crowd shares its cores with the server that is measured."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from typing_extensions import override

from skill_arcade.wire.limits import SUBPROTOCOL

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_NO_MASK = b"\0\0\0\0"
"""A mask must be there; any will do (RFC 6455, 5.3), and with this one a message is masked already."""

Listener = Callable[[int, bytes, int], None]
"""Told (opcode, payload, bytes that it took on the wire above TCP) of each message, in order."""


class PlaySocket(asyncio.Protocol):
    """One connection. Messages of the server are never fragmented, which is asserted."""

    def __init__(self, url: str, listener: Listener) -> None:
        parts = urlsplit(url)
        self._key = base64.b64encode(os.urandom(16))
        self._request = (
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
            f"Sec-WebSocket-Key: {self._key.decode()}\r\n\r\n"
        ).encode()
        self._listener = listener
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[tuple[int, str]] = loop.create_future()
        self._close = 1006, ""

    @classmethod
    async def connect(cls, url: str, listener: Listener) -> PlaySocket:
        """Open a connection to `ws://…`.

        Raises:
            ConnectionError: the server did not take it.
        """
        parts = urlsplit(url)
        _, socket = await asyncio.get_running_loop().create_connection(
            lambda: cls(url, listener), parts.hostname or "", parts.port or 80
        )
        await socket.opened
        return socket

    # --- sending ---

    def send(self, text: bytes) -> None:
        """Send a text message; nothing after the end."""
        self._send(TEXT, text)

    def _send(self, opcode: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        assert size < 1 << 16
        head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2)
        self._transport.write(head + _NO_MASK + payload)

    def abort(self) -> None:
        """Be gone, without a word."""
        if self._transport is not None:
            self._transport.abort()

    # --- what comes (asyncio.Protocol) ---

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        # uvloop's transports are asyncio's by their methods only.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    @override
    def data_received(self, data: bytes) -> None:
        """Take whole messages off."""
        if self._buffer:
            data = self._buffer + data
        begin = 0
        if not self.opened.done():
            begin = self._read_answer(data)
        self._buffer = data[self._read_messages(data, begin) :]

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("the server closed a socket that it had not opened"))
        if not self.closed.done():
            self.closed.set_result(self._close)

    def _read_answer(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        accept = base64.b64encode(hashlib.sha1(self._key + _MAGIC, usedforsecurity=False).digest())
        if not data.startswith(b"HTTP/1.1 101 ") or accept not in data[:end]:
            self.opened.set_exception(ConnectionError(f"no socket: {data[:end].decode(errors='replace')}"))
            self.abort()
            return len(data)
        self.opened.set_result(None)
        return end + 4

    def _read_messages(self, data: bytes, begin: int) -> int:
        """Tell of each whole message from `begin` on; where the first incomplete one begins."""
        if not self.opened.done():
            return begin
        n_bytes = len(data)
        while n_bytes - begin >= 2:
            size, body = data[begin + 1], begin + 2
            if size == 126:
                size, body = int.from_bytes(data[begin + 2 : begin + 4]), begin + 4
            elif size == 127:
                size, body = int.from_bytes(data[begin + 2 : begin + 10]), begin + 10
            end = body + size
            if end > n_bytes:
                break
            self._take(data[begin], data[body:end], end - begin)
            begin = end
        return begin

    def _take(self, head: int, payload: bytes, n_bytes: int) -> None:
        assert head & 0xF0 == 0x80, "the server sends whole messages"
        opcode = head & 0x0F
        if opcode == PING:
            self._send(PONG, payload)
        elif opcode == CLOSE:
            self._close = int.from_bytes(payload[:2]) if payload else 1005, payload[2:].decode()
            self._send(CLOSE, payload[:2])
            if self._transport is not None:
                self._transport.close()
        else:
            self._listener(opcode, payload, n_bytes)
