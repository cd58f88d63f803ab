"""Stand-bys: copies of a room, made by a fork every few seconds, that sleep until the room has died.

A player whose room was killed is to go on in a moment, and not after all steps of a long game have been made again. The
environments of a stand-by have made all steps but those of the last seconds. A fork is the one copy of an environment
that can be trusted: saved states of the emulator lead elsewhere in some games.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from skill_arcade.sessions.process.words import A_STAND_BY


class StandBys:
    """Those of one room: the newest, and earlier ones until they have ended."""

    def __init__(self) -> None:
        self._pids: list[int] = []

    def fork(self, door: socket.socket) -> socket.socket | None:
        """Fork one; in the child the door of its own, in the parent None.

        The child tells the template by `door`, so that one that is there is known of, even if the room dies just now.

        Raises:
            OSError: the system has no room for one more process, or for its descriptors.
        """
        theirs, ours = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            self._pids.clear()
            # A template that is gone cannot wake it: the other end closes here, and the stand-by ends.
            with theirs, suppress(OSError):
                socket.send_fds(door, [A_STAND_BY], [theirs.fileno()])
            return ours
        self._pids.append(pid)
        ours.close()
        theirs.close()
        return None

    def reap(self) -> None:
        """Forget those that have ended; other children of this process are an environment's own."""
        self._pids = [pid for pid in self._pids if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False  # an environment that waits for children of its own took this one too


def can_fork() -> bool:
    """Whether a fork of this process would be whole: it copies one thread only."""
    # How many threads there are, native ones included, is known on Linux alone.
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1
