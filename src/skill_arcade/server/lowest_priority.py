"""How a process makes way for those on which people play."""

from __future__ import annotations

import os

_NICEST = 19


def yield_to_players() -> None:
    """Work only when nobody else wants the processor; what this process starts does likewise."""
    os.nice(_NICEST)
    if hasattr(os, "SCHED_IDLE"):
        # Niceness shares out time; only this lets a session that wakes for its tick run at once.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
