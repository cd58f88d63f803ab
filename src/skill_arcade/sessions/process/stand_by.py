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


def fork_stand_by(door: socket.socket) -> socket.socket | None:
    """Fork, and tell the template by `door`; in the child the door of its own, in the parent None."""
    theirs, ours = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        theirs.close()
        return ours
    with ours, theirs, suppress(OSError):
        # A template that is gone cannot wake it: the other end closes with ours, and the stand-by ends.
        socket.send_fds(door, [A_STAND_BY], [theirs.fileno()])
    return None


def can_fork() -> bool:
    """Whether a fork of this process would be whole: it copies one thread only."""
    # How many threads there are, native ones included, is known on Linux alone.
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def reap_ended() -> None:
    """Forget children that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
