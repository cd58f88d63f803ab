"""How many processes seal: one, and more on machines with many processors."""

from __future__ import annotations

import os

_CORES_A_WORKER = 4


def count_pipeline_workers(setting: int | None, n_cores: int | None = None) -> int:
    """The setting `pipeline_workers`; without it one process below eight processors, and one for each four from there.

    The Python of one process, of which one thread runs at a time, keeps up with some 440 players, and what verifies is
    processes anyway.

    Args:
        setting: None to go by the processors.
        n_cores: those of the machine, unless told otherwise.
    """
    return setting or max(1, (n_cores or os.cpu_count() or 1) // _CORES_A_WORKER)
