"""JSON messages with file descriptors over a Unix stream socket, between supervisor, nursery and templates."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

_LENGTH = struct.Struct("<I")
_MAX_DESCRIPTORS = 4


def send_with_descriptors(to: socket.socket, message: dict[str, Any], descriptors: Sequence[int]) -> None:
    """Send one message; the descriptors are duplicated into the receiver."""
    body = json.dumps(message).encode()
    data = _LENGTH.pack(len(body)) + body
    n_sent = socket.send_fds(to, [data], list(descriptors))
    to.sendall(data[n_sent:])


def receive_with_descriptors(source: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Receive one message and its descriptors; None when the other side has closed, in order or not.

    A message's first bytes carry its descriptors, and the kernel never joins them with bytes of the message before.
    """
    try:
        head, descriptors, _, _ = socket.recv_fds(source, _LENGTH.size, _MAX_DESCRIPTORS)
    except ConnectionResetError:
        # It closed without reading all that we had sent.
        return None
    head += _receive(source, _LENGTH.size - len(head)) if head else b""
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = _receive(source, length)
    if len(body) < length:
        return None
    return json.loads(body), descriptors


def _receive(source: socket.socket, n_bytes: int) -> bytes:
    parts: list[bytes] = []
    while n_bytes > 0:
        part = source.recv(n_bytes)
        if not part:
            break
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)
