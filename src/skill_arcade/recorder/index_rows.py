"""From records to rows of the index; pure. `sealed_rows` makes the same rows of the sealed file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, TypeVar

import numpy as np
import numpy.typing as npt

from skill_arcade.database.steps import INVALID, TERMINATED, TRUNCATED, StepRow
from skill_arcade.domain.action import Action
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.records import RecordKind, StepRecord, parse_json, parse_step

Time = TypeVar("Time", int, npt.NDArray[np.int64])

LOWEST_NUMBER, HIGHEST_NUMBER = -(1 << 31), (1 << 31) - 1
"""Actions from here to there have a column of their own."""


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
        record.action if _has_column(record.action) else None,
        None if math.isnan(record.reward) else record.reward,
        _flags_of(record.terminated, record.truncated, record.invalid),
        anchor.compute_utc_us(record.t_tick_ns),
        extra_of(record.action, record.executed_action, record.info),
    )


def step_rows_of_journal(journal: EpisodeJournal) -> Iterator[StepRow]:
    """The rows of all steps in an episode's journals."""
    anchor: Anchor | None = None
    for record in journal.records():
        if record.kind is RecordKind.SEGMENT:
            anchor = anchor_of(parse_json(record.body))
        elif record.kind is RecordKind.STEP and anchor is not None:
            yield step_row_of_record(parse_step(record.body), anchor)


def _flags_of(terminated: bool, truncated: bool, invalid: bool) -> int:
    return (TERMINATED if terminated else 0) | (TRUNCATED if truncated else 0) | (INVALID if invalid else 0)


def extra_of(
    action: Action | list[float], executed_action: Action | list[float] | None, info: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What of a step has no column of its own; None for most steps of most games."""
    has_column = _has_column(action)
    if has_column and executed_action is None and not info:
        return None
    extra: dict[str, Any] = {} if has_column else {"action": _json_of(action)}
    if executed_action is not None:
        extra["executed_action"] = _json_of(executed_action)
    if info:
        extra["info"] = dict(info)
    return extra


def _has_column(action: Action | list[float]) -> TypeGuard[int]:
    return isinstance(action, int) and LOWEST_NUMBER <= action <= HIGHEST_NUMBER


def _json_of(action: Action | list[float]) -> int | list[float]:
    return action if isinstance(action, int) else list(action)
