"""From the sealed file to rows of the index: the same rows as `index_rows` makes of the journal; pure.

Apart from these, since whoever follows journals is not to load pyarrow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skill_arcade.database.steps import INVALID, TERMINATED, TRUNCATED, StepRow
from skill_arcade.recorder.index_rows import Anchor, anchor_of, extra_of

SEALED_COLUMNS = (
    *("step", "action", "executed_action", "t_tick_ns", "segment"),
    *("reward", "terminated", "truncated", "invalid", "info"),
)
"""The columns of table `steps` that rows of the index are made of."""

_FLAG_COLUMNS = {"terminated": TERMINATED, "truncated": TRUNCATED, "invalid": INVALID}


def step_rows_of_sealed(batches: Iterable[pa.RecordBatch], segments: Iterable[Mapping[str, Any]]) -> Iterator[StepRow]:
    """The rows of table `steps` (REC-44), whose times are anchored by the rows of `segments`."""
    anchors = {segment["segment"]: anchor_of(segment) for segment in segments}
    for batch in batches:
        steps = {name: batch.column(name) for name in SEALED_COLUMNS}
        flags = np.zeros(len(batch), dtype=np.int64)
        for name, flag in _FLAG_COLUMNS.items():
            flags[_numbers(steps[name])] |= flag
        columns = (
            _numbers(steps["step"]).tolist(),
            _actions_of(steps["action"]),
            _rewards_of(steps["reward"]),
            flags.tolist(),
            _utc_us_of(_numbers(steps["t_tick_ns"]), _numbers(steps["segment"]), anchors),
            _extras_of(steps),
        )
        yield from map(StepRow._make, zip(*columns, strict=True))


def _numbers(column: pa.Array) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return values


def _actions_of(column: pa.Array) -> list[int | None]:
    """The actions that are one number; the column has 32 bits."""
    return [None] * len(column) if pa.types.is_list(column.type) else _numbers(column).tolist()


def _rewards_of(column: pa.Array) -> list[float | None]:
    """The rewards; None for those that are no number."""
    rewards = _numbers(column)
    listed: list[float | None] = rewards.tolist()
    for i in np.flatnonzero(np.isnan(rewards)):
        listed[i] = None
    return listed


def _utc_us_of(t_tick_ns: npt.NDArray[Any], segments: npt.NDArray[Any], anchors: Mapping[int, Anchor]) -> list[int]:
    times_us: npt.NDArray[np.int64] = np.empty(len(t_tick_ns), dtype=np.int64)
    for segment in np.unique(segments).tolist():
        is_there = segments == segment
        times_us[is_there] = anchors[segment].compute_utc_us(t_tick_ns[is_there])
    return list(times_us.tolist())


def _extras_of(steps: Mapping[str, pa.Array]) -> list[dict[str, Any] | None]:
    action, executed, info = (steps[name] for name in ("action", "executed_action", "info"))
    if not pa.types.is_list(action.type) and executed.null_count == info.null_count == len(action):
        return [None] * len(action)  # most games
    return [
        extra_of(own, executed_action, json.loads(text) if text else None)
        for own, executed_action, text in zip(action.to_pylist(), executed.to_pylist(), info.to_pylist(), strict=True)
    ]
