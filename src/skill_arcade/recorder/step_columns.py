"""Many STEP records as columns: one look at all of them instead of a Python object for each (REC-20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from skill_arcade.recorder.records import EXTRA, HASH, STEP_FLAGS, StepRecord, parse_step

_FIXED = np.dtype(
    [
        ("step", "<u4"),
        ("flags", "<u4"),
        ("reward", "<f8"),
        ("t_tick_ns", "<i8"),
        ("lives", "<i4"),
        ("input_seq", "<u4"),
        ("shown_step", "<u4"),
        ("t_input_us", "<i8"),
        ("action", "<i4"),
    ]
)
_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class StepColumns:
    """So many steps.

    Attributes:
        fixed: the fields that every STEP has, by their names: a structured array (n,).
        hashes: the state hash in hex digits of those that have one, by index.
        extra: those with an action of several numbers, an executed action or an `info`, by index.
    """

    fixed: npt.NDArray[Any]
    hashes: dict[int, str]
    extra: dict[int, StepRecord]

    def has(self, flag: int) -> npt.NDArray[np.bool_]:
        """Which steps have a flag of REC-20."""
        has_it: npt.NDArray[np.bool_] = (self.fixed["flags"] & np.uint32(flag)) != 0
        return has_it


def parse_steps(bodies: Sequence[bytes]) -> StepColumns:
    """Read the bodies of STEP records, which are as many as one likes.

    Raises:
        JournalCorrupt: some bytes were not written by `encode_step`.
    """
    n_fixed = _FIXED.itemsize
    n_bytes = np.fromiter(map(len, bodies), np.int64, len(bodies))
    _refuse(bodies, n_bytes < n_fixed)
    columns = StepColumns(np.frombuffer(b"".join([body[:n_fixed] for body in bodies]), _FIXED), {}, {})
    flags, has_extra = columns.fixed["flags"], columns.has(EXTRA)
    n_known = n_fixed + _HASH_BYTES * columns.has(HASH)
    is_unknown = (flags & ~np.uint32(STEP_FLAGS)) != 0
    _refuse(bodies, is_unknown | (n_bytes < n_known) | ((n_bytes > n_known) & ~has_extra))
    for i in columns.has(HASH).nonzero()[0].tolist():
        columns.hashes[i] = bodies[i][n_fixed : n_fixed + _HASH_BYTES].hex()
    for i in has_extra.nonzero()[0].tolist():
        columns.extra[i] = parse_step(bodies[i])
    return columns


def _refuse(bodies: Sequence[bytes], is_wrong: npt.NDArray[np.bool_]) -> None:
    if is_wrong.any():
        parse_step(bodies[int(is_wrong.argmax())])  # says what is wrong
