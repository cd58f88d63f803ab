"""A session's connection to a gateway over its Unix socket: never blocks, never grows without bound."""

from __future__ import annotations

import socket

from skill_arcade.wire.closes import Close, format_reason
from skill_arcade.wire.from_server import FromServer, encode_server_message
from skill_arcade.wire.local import LocalKind, LocalMessage, LocalReader, encode_close, encode_local

MAX_WAITING_BYTES = 1024 * 1024
"""Beyond this the gateway is taken for dead. Pictures and sound stop at the first waiting byte, texts do not."""

_CHUNK_BYTES = 65_536
_SEND_BUFFER_BYTES = 32_768


class LocalConnection:
    """One accepted socket. `is_congested` while anything waits to be sent."""

    def __init__(self, accepted: socket.socket) -> None:
        accepted.settimeout(0)
        # What the kernel holds is late by the time it is read: better skip a picture than show it long after.
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._socket = accepted
        self._reader = LocalReader()
        self._waiting = bytearray()
        self._is_closing = False
        self.is_gone = False

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    @property
    def is_congested(self) -> bool:
        """Whether earlier bytes still wait."""
        return bool(self._waiting)

    @property
    def is_closing(self) -> bool:
        """Whether a close was sent; nothing more is read or sent."""
        return self._is_closing

    def send(self, message: FromServer) -> None:
        """Send a text message."""
        self._send(encode_local(LocalKind.TEXT, encode_server_message(message)))

    def send_frame(self, frame: bytes) -> None:
        """Send a binary message: a picture or sound."""
        self._send(encode_local(LocalKind.BINARY, frame))

    def close(self, close: Close, sentence: str) -> None:
        """Send a close; the socket goes when it has been flushed and the other side has closed too."""
        self._send(encode_close(close, format_reason(close, sentence)))
        self._is_closing = True
        self._end_if_done()

    def _send(self, data: bytes) -> None:
        if self._is_closing or self.is_gone:
            return
        self._waiting += data
        self.flush()
        if len(self._waiting) > MAX_WAITING_BYTES:
            self.abandon()

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        try:
            while self._waiting:
                n_sent = self._socket.send(self._waiting)
                del self._waiting[:n_sent]
        except BlockingIOError:
            return
        except OSError:
            self.abandon()
            return
        self._end_if_done()

    def _end_if_done(self) -> None:
        """Half a close, once all is sent: what the gateway writes at this moment must not cost it our last words."""
        if self._is_closing and not self._waiting and not self.is_gone:
            try:
                self._socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.abandon()

    def read(self) -> list[LocalMessage]:
        """What has come; `is_gone` is set when the other side has closed."""
        try:
            data = self._socket.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.abandon()
            return []
        return [] if self._is_closing else self._reader.feed(data)

    def abandon(self) -> None:
        """Close the socket at once."""
        if not self.is_gone:
            self.is_gone = True
            self._socket.close()
