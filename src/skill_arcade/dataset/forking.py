"""Forks of a process, each with a line on which it takes orders."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from skill_arcade.dataset.verify_order import FAILED, Order


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork of this process, and the line on which it takes orders."""

    pid: int
    orders: Connection

    def end(self) -> int:
        """Let it end, and wait for that; its exit status."""
        self.orders.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill_group(self) -> None:
        """End it, and what it has forked, whatever they are at; also where that was done already."""
        self.orders.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)  # it may have no group yet, and has then forked nothing
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def fork(work: Callable[[Connection], None], foreign: Iterable[Connection]) -> Fork:
    """Do some work in a fork of this process, which gets the other end of its line, and keeps none of the foreign."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for connection in (ours, *foreign):
                connection.close()
            work(theirs)
            status = 0
        except Exception:  # noqa: BLE001 - ours: what an environment raises comes as EnvironmentFailed
            status = FAILED
            traceback.print_exc()
        except BaseException:  # noqa: BLE001 - whatever it was, the fork ends here
            traceback.print_exc()
        finally:
            # Nothing may keep it from ending here: what it was forked of ends templates when it is done.
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(status)
    theirs.close()
    return Fork(pid, ours)


def receive(orders: Connection) -> Order | None:
    """The next order; None if there are no more."""
    try:
        order: Order = orders.recv()
    except EOFError:
        return None
    return order
