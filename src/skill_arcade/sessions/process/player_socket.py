"""A player's WebSocket, held by the session itself: never blocks, never grows without bound.

The gateway made the handshake and passed the socket on (`server/gateway/handover.py`). The library reads: masks,
fragments, pings, the closing handshake. What is sent sixty times a second is framed here, since that takes two lines.
"""

from __future__ import annotations

import logging
import socket
import time
from contextlib import suppress

from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, SERVER, Protocol

from skill_arcade.sessions.process.arrival import read_arrival_ns, stamp_arrivals
from skill_arcade.sessions.process.bucket import TokenBucket
from skill_arcade.wire.closes import Close, format_reason
from skill_arcade.wire.from_server import FromServer, encode_server_message
from skill_arcade.wire.limits import MAX_MESSAGE_BYTES, MESSAGES_PER_S

MAX_WAITING_BYTES = 1024 * 1024
"""Beyond this the client is taken for dead. Pictures and sound stop at the first waiting byte, texts do not."""

CLOSE_PATIENCE_S = 5.0
"""How long a client may take to answer a close."""

_CHUNK_BYTES = 16_384
_SEND_BUFFER_BYTES = 32_768
_UNSENT_BYTES = 1  # the kernel takes a message while it holds fewer than this: one at a time

_TEXT, _BINARY = 0x80 | Opcode.TEXT, 0x80 | Opcode.BINARY

# It would tell every mistake of every client.
_silent = logging.getLogger(f"{__name__}.websockets")
_silent.disabled = True


def frame(head: int, payload: bytes) -> bytes:
    """One whole message of the server, which is never masked (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 1 << 16:
        return bytes((head, 126, size >> 8, size & 0xFF)) + payload
    return bytes((head, 127)) + size.to_bytes(8) + payload


class PlayerSocket:
    """One accepted WebSocket.

    Attributes:
        arrived_ns: when the newest bytes came that were read: server time.
        is_gone: the socket is closed.
    """

    def __init__(self, accepted: socket.socket) -> None:
        accepted.settimeout(0)
        # What the kernel holds is late by the time it is read: better skip a picture than show it long after.
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        if accepted.family != socket.AF_UNIX:
            # Without it pictures would come in bursts.
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_NOTSENT_LOWAT"):
                # Behind what is on its way the kernel keeps one message, not 64 KiB of ever older pictures.
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        self._socket = accepted
        self._ancillary_bytes = stamp_arrivals(accepted)
        self.arrived_ns = self._read_ns = time.monotonic_ns()
        # A little too large is closed by us, with a reason (LIVE-12).
        self._protocol = Protocol(SERVER, state=OPEN, max_size=2 * MAX_MESSAGE_BYTES, logger=_silent)
        self._bucket = TokenBucket(time.monotonic())
        self._fragments: list[bytes] = []
        self._waiting = bytearray()
        self._close_by_s: float | None = None
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
        """Whether a close was sent or has come; nothing more is read or sent."""
        return self._close_by_s is not None

    @property
    def ending(self) -> str:
        """How it ends or ended: the code with which we closed it; "client" where the client did; else "none"."""
        if self._protocol.close_sent is None:
            return "none"
        return "client" if self._protocol.close_rcvd_then_sent else str(self._protocol.close_sent.code)

    def send(self, message: FromServer) -> None:
        """Send a text message."""
        self._send(frame(_TEXT, encode_server_message(message)))

    def send_frame(self, message: bytes) -> None:
        """Send a binary message: a picture or sound."""
        self._send(frame(_BINARY, message))

    def close(self, close: Close, sentence: str) -> None:
        """Send a close; the socket goes when the client has answered it, or has not for too long."""
        if self.is_closing or self.is_gone:
            return
        self._protocol.send_close(close, format_reason(close, sentence))
        self._close_by_s = time.monotonic() + CLOSE_PATIENCE_S
        self._send_what_the_protocol_says()

    def _send(self, data: bytes) -> None:
        if self.is_closing or self.is_gone:
            return
        if not self._waiting:
            # Nearly always: there is room for all of it.
            try:
                n_sent = self._socket.send(data)
            except BlockingIOError:
                n_sent = 0
            except OSError:
                self.abandon()
                return
            if n_sent == len(data):
                return
            data = data[n_sent:]
        self._keep(data)

    def _keep(self, data: bytes) -> None:
        self._waiting += data
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
        if self.is_closing and self._protocol.close_expected() and self._protocol.close_rcvd is not None:
            self.abandon()

    def read(self) -> list[bytes]:
        """The text messages that have come; `is_gone` is set when the other side has closed."""
        since_ns, self._read_ns = self._read_ns, time.monotonic_ns()
        try:
            data, ancillary, _, _ = self._socket.recvmsg(_CHUNK_BYTES, self._ancillary_bytes)
        except BlockingIOError:
            return []
        except OSError:
            data, ancillary = b"", []
        if not data:
            self.abandon()
            return []
        self.arrived_ns = read_arrival_ns(ancillary, since_ns)
        was_closing = self.is_closing
        self._protocol.receive_data(data)
        if self._protocol.close_sent is not None and not was_closing:
            # The protocol has answered a close, or a mistake, by itself: nothing may be sent after that.
            self._close_by_s = time.monotonic() + CLOSE_PATIENCE_S
        messages = self._take_frames()
        self._send_what_the_protocol_says()
        return [] if was_closing else messages

    def _take_frames(self) -> list[bytes]:
        messages: list[bytes] = []
        for event in self._protocol.events_received():
            assert isinstance(event, Frame)
            # Every frame counts, pings and empty fragments too: none of them is free to read.
            if not self._bucket.take(time.monotonic()):
                self.close(Close.TOO_MANY_MESSAGES, f"at most {MESSAGES_PER_S} messages a second are taken")
                break
            if event.opcode is Opcode.BINARY:
                self.close(Close.MALFORMED, "a client sends text messages only")
                break
            if event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._fragments.append(bytes(event.data))
                if event.fin:
                    messages.append(b"".join(self._fragments))
                    self._fragments.clear()
        return messages

    def _send_what_the_protocol_says(self) -> None:
        """Pongs, closes and their answers."""
        for data in self._protocol.data_to_send():
            self._keep(data)
        if not self.is_gone:
            self.flush()

    def give_up_if_late(self) -> None:
        """Close a socket whose client has not answered a close in time."""
        if self._close_by_s is not None and time.monotonic() > self._close_by_s:
            self.abandon()

    def forget(self) -> None:
        """Let go of it in a fork: the connection stays, for the process that holds it."""
        self._let_go()

    def abandon(self) -> None:
        """Close the socket at once."""
        if not self.is_gone:
            # On macOS the gateway holds it for a moment longer: closing alone would not end the connection.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._let_go()

    def _let_go(self) -> None:
        self.is_gone = True
        self._socket.close()
        # The parser's frame holds the protocol, which holds the parser: nothing else would ever free them here.
        self._protocol.parser.close()
