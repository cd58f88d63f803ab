"""When bytes came, as the system saw it: however late they are read, that is known to some microseconds (REC-24)."""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Sequence

_TIMESPEC = struct.Struct("@ll")
# Of <asm-generic/socket.h>, the same on every processor that Python has wheels for. The standard library has no name.
_SO_TIMESTAMPNS = 35
_NS_PER_S = 1_000_000_000

Ancillary = Sequence[tuple[int, int, bytes]]
"""What `recvmsg` gives beside the bytes."""


def stamp_arrivals(connection: socket.socket) -> int:
    """Ask the system to stamp what comes by a connection.

    Returns:
        Bytes of ancillary data that `recvmsg` is to make room for: 0 where the system stamps nothing (outside Linux,
        or where the connection is none of the network).
    """
    if sys.platform != "linux" or connection.family == socket.AF_UNIX:
        return 0
    connection.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    return socket.CMSG_SPACE(_TIMESPEC.size)


def read_arrival_ns(ancillary: Ancillary, since_ns: int) -> int:
    """When the last of the bytes came that were read just now: server time, monotonic.

    The system stamps by the wall clock, which may have been set meanwhile: hence the bound. Of bytes that came at
    different times and are read together it knows only the last.

    Args:
        ancillary: of `recvmsg`.
        since_ns: when the connection was read before; they came after that.

    Returns:
        This moment, if there is no stamp.
    """
    now_ns = time.monotonic_ns()
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, ns = _TIMESPEC.unpack(data)
            age_ns: int = time.time_ns() - (seconds * _NS_PER_S + ns)
            return min(max(now_ns - age_ns, since_ns), now_ns)
    return now_ns
