"""The framing between gateway and session on their Unix socket: u32 length of the body, u8 kind, body.

This hop is between two processes of one installation and one version, so it is not part of LIVE.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

_HEAD = struct.Struct("<IB")
_CODE = struct.Struct("<H")
MAX_BODY_BYTES = 16 * 1024 * 1024


class LocalKind(IntEnum):
    """What a body is."""

    ATTACH = 0  # gateway to session: JSON, the first on every connection
    TEXT = 1  # a text message, either way
    BINARY = 2  # a picture or sound, session to gateway
    CLOSE = 3  # session to gateway: u16 close code, then the reason's text


@dataclass(frozen=True, slots=True)
class LocalMessage:
    """One message of this hop."""

    kind: LocalKind
    body: bytes


def encode_local(kind: LocalKind, body: bytes) -> bytes:
    """One message as bytes."""
    return _HEAD.pack(len(body), kind) + body


def encode_close(code: int, reason: str) -> bytes:
    """A CLOSE message as bytes."""
    return encode_local(LocalKind.CLOSE, _CODE.pack(code) + reason.encode())


def parse_close(body: bytes) -> tuple[int, str]:
    """Code and reason of a CLOSE."""
    return _CODE.unpack_from(body)[0], body[2:].decode(errors="replace")


class LocalReader:
    """Cuts a stream of bytes into messages; keeps what is not complete yet."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[LocalMessage]:
        """Take bytes as they came; the messages that are now complete.

        Raises:
            ValueError: a body is larger than any can be, or of unknown kind.
        """
        buffer = self._buffer
        buffer += data
        messages: list[LocalMessage] = []
        start = 0
        while len(buffer) - start >= _HEAD.size:
            length, kind = _HEAD.unpack_from(buffer, start)
            if length > MAX_BODY_BYTES:
                raise ValueError(f"a body of {length} bytes cannot be")
            end = start + _HEAD.size + length
            if len(buffer) < end:
                break
            messages.append(LocalMessage(LocalKind(kind), bytes(buffer[start + _HEAD.size : end])))
            start = end
        del buffer[:start]
        return messages
