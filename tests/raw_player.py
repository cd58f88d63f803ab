"""A player made of a bare TCP socket, who may say anything at any moment, and leave in any way."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, Self

from tests.waiting import PATIENCE_S
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from skill_arcade.wire.limits import SUBPROTOCOL

HELLO = json.dumps(
    {
        "type": "hello",
        "page_load": "p",
        "played_by": "scripted",
        "client": {},
        "client_us": 1,
        "utc_ms": 2,
        "clock_step_us": 5,
    }
)
"""What a client says first (LIVE-6)."""

_HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
)


class RawPlayer:
    """One connection. `sent` is said together with the handshake, in one segment."""

    def __init__(self, port: int, path: str, *, sent: bytes = b"") -> None:
        self.tcp = socket.socket()
        self.tcp.settimeout(PATIENCE_S)
        self.tcp.connect(("127.0.0.1", port))
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tcp.sendall(_HANDSHAKE.format(path=path, port=port).encode() + sent)
        self._protocol = Protocol(CLIENT, state=OPEN, max_size=None)
        # One for all readers: what came together may be read by several.
        self._frames = self._hear()

    def shake_hands(self) -> Self:
        """Read the server's answer to the handshake, and not a byte more."""
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.tcp.recv(1)
        assert b" 101 " in answer.splitlines()[0], answer
        return self

    def encode(self, *texts: str) -> bytes:
        """The bytes of some messages."""
        for text in texts:
            self._protocol.send_text(text.encode())
        return b"".join(self._protocol.data_to_send())

    def say(self, *texts: str) -> None:
        """Send messages in one segment."""
        self.tcp.sendall(self.encode(*texts))

    def _hear(self) -> Iterator[Frame]:
        """Every frame, up to the close or the end of the connection; closes are answered."""
        while True:
            try:
                data = self.tcp.recv(1 << 16)
            except ConnectionResetError:
                return
            if not data:
                return
            self._protocol.receive_data(data)
            with contextlib.suppress(ConnectionError):
                self.tcp.sendall(b"".join(self._protocol.data_to_send()))
            for event in self._protocol.events_received():
                assert isinstance(event, Frame)
                yield event

    def await_text(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read up to a text message."""
        for frame in self._frames:
            if frame.opcode is Opcode.TEXT:
                message: dict[str, Any] = json.loads(bytes(frame.data))
                if is_wanted(message):
                    return message
        raise AssertionError(f"the server has left: {self.close_code}")

    def await_type(self, name: str) -> dict[str, Any]:
        """Read up to a text message of a type."""
        return self.await_text(lambda message: message["type"] == name)

    def await_close(self) -> int:
        """Read up to the end; its close code, 1006 if there was none."""
        for _ in self._frames:
            pass
        return self.close_code

    @property
    def close_code(self) -> int:
        """The code of the server's close; 1006 where none has come."""
        return self._protocol.close_rcvd.code if self._protocol.close_rcvd is not None else 1006

    def leave(self) -> None:
        """Close as the kernel does it."""
        self.tcp.close()

    def break_off(self) -> None:
        """Reset the connection."""
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()
