"""How a player's socket comes from a gateway to its session: one datagram, the descriptor with it."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import msgspec

from skill_arcade.sessions.play.conversation import Attachment

_LONGEST = 4096

log = logging.getLogger(__name__)


def encode_attachment(resume_token: str) -> bytes:
    """The datagram that goes with a socket."""
    return msgspec.json.encode(Attachment(resume_token))


class Doorstep:
    """Where gateways leave sockets. `fileno` is readable when one is there."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(str(path))
        self._line.settimeout(0)

    def fileno(self) -> int:
        """For select."""
        return self._line.fileno()

    def take(self) -> tuple[socket.socket, Attachment] | None:
        """A socket that was left, and what was said of it; None if there is none."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._line, _LONGEST, 1)
        except BlockingIOError:
            return None
        if not descriptors:
            log.warning("a player's socket did not arrive: this process has too many files open")
            return None
        return socket.socket(fileno=descriptors[0]), msgspec.json.decode(data, type=Attachment)

    def forget(self) -> None:
        """Let go of it in a fork."""
        self._line.close()

    def close(self) -> None:
        """Take no more."""
        self._path.unlink(missing_ok=True)
        self._line.close()
