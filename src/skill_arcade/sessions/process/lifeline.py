"""A session's line to the supervisor: signs of life one way; its end means that the session is to end.

The supervisor says at most one word before it ends the line: that the episode goes on on another server.
"""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Mapping
from typing import Any

from skill_arcade.sessions.play.punctuality import Punctuality

NS_PER_S = 1_000_000_000
BEAT_INTERVAL_S = 1.0
"""How often a session tells that it is alive; one that is silent for long hangs in its environment."""

_BEAT_INTERVAL_NS = round(BEAT_INTERVAL_S * NS_PER_S)

log = logging.getLogger(__name__)


MOVED = b"moved\n"
"""The supervisor's one word."""


class Lifeline:
    """The session's line to the supervisor: JSON lines one way; when the other end closes, the session is to end."""

    def __init__(self, line: socket.socket) -> None:
        line.settimeout(0)
        self._line = line
        self._beat_due_ns = 0

    def fileno(self) -> int:
        """For select: readable means that the session is to end."""
        return self._line.fileno()

    def has_moved(self) -> bool:
        """Of a readable line: whether it ends because the episode goes on on another server."""
        try:
            return self._line.recv(len(MOVED)) == MOVED
        except OSError:
            return False

    def tell(self, **facts: str | float | Mapping[str, Any] | None) -> None:
        """Tell the supervisor something. If it does not read it is gone, or misses a beat: neither is ours to mend."""
        try:
            self._line.send(json.dumps(facts).encode() + b"\n")
        except OSError:
            log.debug("the supervisor does not read")

    def beat(
        self,
        now_ns: int,
        n_steps: int,
        unattended_since_ns: int | None,
        punctuality: Punctuality | None,
        n_closed: Mapping[str, int],
    ) -> None:
        """Tell, once in a while, that the session is alive, and how it does.

        Args:
            now_ns: this moment; monotonic.
            n_steps: of the episode.
            unattended_since_ns: since when nobody has been connected; None while somebody is.
            punctuality: of the session's ticks so far; None in turns.
            n_closed: sockets that have ended so far, by how they did.
        """
        if now_ns >= self._beat_due_ns:
            # All sessions at about one time: the supervisor wakes up once for many of them.
            self._beat_due_ns = (now_ns // _BEAT_INTERVAL_NS + 1) * _BEAT_INTERVAL_NS
            alone_s = None if unattended_since_ns is None else (now_ns - unattended_since_ns) / NS_PER_S
            self.tell(beat=n_steps, alone_s=alone_s, ticks=_encode(punctuality), closed=n_closed)

    def take_leave(self, over: str, n_steps: int, punctuality: Punctuality | None, n_closed: Mapping[str, int]) -> None:
        """Tell that the session ends in order, why, and all that it has counted."""
        self.tell(over=over, n_steps=n_steps, ticks=_encode(punctuality), closed=n_closed)

    def close(self) -> None:
        """The session is no more."""
        self._line.close()


def _encode(punctuality: Punctuality | None) -> Mapping[str, Any] | None:
    return None if punctuality is None else punctuality.to_json()
