"""From records to rows of the index: the same row from a journal as from the sealed file made of it; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skill_arcade.database.steps import INVALID, TERMINATED, TRUNCATED, StepRow
from skill_arcade.domain.action import Action
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.records import RecordKind, StepRecord, parse_json, parse_step

SEALED_COLUMNS = (
    *("step", "action", "executed_action", "t_tick_ns", "segment"),
    *("reward", "terminated", "truncated", "invalid", "info"),
)
"""The columns of table `steps` that rows of the index are made of."""

_FLAG_COLUMNS = {"terminated": TERMINATED, "truncated": TRUNCATED, "invalid": INVALID}

Time = TypeVar("Time", int, npt.NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Anchor:
    """One moment on both of a server's clocks, in ns: turns its monotonic times into UTC (REC-18)."""

    utc_ns: int
    monotonic_ns: int

    def compute_utc_us(self, monotonic_ns: Time) -> Time:
        """Microseconds since 1970 UTC, rounded down; of one time, or of an array of them."""
        return (monotonic_ns + (self.utc_ns - self.monotonic_ns)) // 1000


def anchor_of(segment: Mapping[str, Any]) -> Anchor:
    """The anchor of a SEGMENT record, or of a row of `segments`."""
    return Anchor(segment["utc_ns"], segment["monotonic_ns"])


def step_row_of_record(record: StepRecord, anchor: Anchor) -> StepRow:
    """The row of a STEP record."""
    return StepRow(
        record.step,
        record.action if isinstance(record.action, int) else None,
        record.reward,
        _flags_of(record.terminated, record.truncated, record.invalid),
        anchor.compute_utc_us(record.t_tick_ns),
        _extra_of(record.action, record.executed_action, record.info),
    )


def step_rows_of_journal(journal: EpisodeJournal) -> Iterator[StepRow]:
    """The rows of all steps in an episode's journals."""
    anchor: Anchor | None = None
    for record in journal.records():
        if record.kind is RecordKind.SEGMENT:
            anchor = anchor_of(parse_json(record.body))
        elif record.kind is RecordKind.STEP and anchor is not None:
            yield step_row_of_record(parse_step(record.body), anchor)


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
            _numbers(steps["reward"]).tolist(),
            flags.tolist(),
            _utc_us_of(_numbers(steps["t_tick_ns"]), _numbers(steps["segment"]), anchors),
            _extras_of(steps),
        )
        yield from map(StepRow._make, zip(*columns, strict=True))


def _numbers(column: pa.Array) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return values


def _actions_of(column: pa.Array) -> list[int | None]:
    """The actions that are one number."""
    return [None] * len(column) if pa.types.is_list(column.type) else _numbers(column).tolist()


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
        _extra_of(own, executed_action, json.loads(text) if text else None)
        for own, executed_action, text in zip(action.to_pylist(), executed.to_pylist(), info.to_pylist(), strict=True)
    ]


def _flags_of(terminated: bool, truncated: bool, invalid: bool) -> int:
    return (TERMINATED if terminated else 0) | (TRUNCATED if truncated else 0) | (INVALID if invalid else 0)


def _extra_of(
    action: Action | list[float], executed_action: Action | list[float] | None, info: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    if isinstance(action, int) and executed_action is None and not info:
        return None  # most steps of most games
    extra: dict[str, Any] = {} if isinstance(action, int) else {"action": _json_of(action)}
    if executed_action is not None:
        extra["executed_action"] = _json_of(executed_action)
    if info:
        extra["info"] = dict(info)
    return extra


def _json_of(action: Action | list[float]) -> int | list[float]:
    return action if isinstance(action, int) else list(action)
