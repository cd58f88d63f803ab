"""Who gets a processor first: rooms that tick, before everything else on the machine, where the system allows it.

Among equals a room waits for a processor for some milliseconds now and then, until somebody else's time slice is over.
Under SCHED_RR it never waits for any but another room. That needs root, CAP_SYS_NICE, or a limit (`ulimit -r`) of 1.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress

_LOWEST = 1

log = logging.getLogger(__name__)


class Priority:
    """That of this process. What it forks has none, until it asks for it."""

    def __init__(self, *, may_be_first: bool) -> None:
        """Be as everybody else.

        Args:
            may_be_first: its steps are known to be short; nobody else's processor may be taken for long.
        """
        self._may_be_first = may_be_first and hasattr(os, "SCHED_RR")
        self._is_first = False

    def come_first(self) -> None:
        """From now on get a processor before others."""
        if self._is_first or not self._may_be_first:
            return
        try:
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(_LOWEST))
        except OSError as error:
            log.debug("games get no processor before others: %s", error)
            self._may_be_first = False
        else:
            self._is_first = True

    def be_as_others(self) -> None:
        """What follows takes long."""
        if self._is_first:
            self._is_first = False
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    def forget(self) -> None:
        """This is a fork now, which is as everybody else."""
        self._is_first = False
