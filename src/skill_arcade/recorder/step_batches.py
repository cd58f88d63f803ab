"""Table `steps`, column by column: an object for every step would cost more than everything else of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skill_arcade.domain.action import Action
from skill_arcade.recorder.episode_row import encode_compact
from skill_arcade.recorder.gathering import Gathered
from skill_arcade.recorder.records import INPUT, INVALID, REPLAYED, TERMINATED, TRUNCATED
from skill_arcade.recorder.step_columns import StepColumns, parse_steps
from skill_arcade.recorder.table_rows import as_utf8


def iterate_step_batches(
    gathered: Gathered, episode_id: str, schema: pa.Schema, n_in_batch: int
) -> Iterator[pa.RecordBatch]:
    """The rows of table `steps`, so many at a time."""
    for first in range(0, len(gathered.steps), n_in_batch):
        steps = parse_steps(gathered.steps[first : first + n_in_batch])
        stop = first + len(steps.fixed)
        columns = {
            "episode_id": pa.repeat(pa.scalar(episode_id), stop - first),
            **_read_fixed(steps),
            **_read_extra(steps),
            # Of the picture that the step made.
            "drawn_at_client_us": gathered.drawn.at_us[first + 1 : stop + 1],
            "drawn_segment": gathered.drawn.segment[first + 1 : stop + 1],
            **_read_places(gathered, first, stop),
        }
        yield pa.RecordBatch.from_arrays([_make(columns[field.name], field.type) for field in schema], schema=schema)


def _make(values: Any, kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - whatever Arrow makes an array of
    if isinstance(values, pa.Array):
        return values.cast(kind)
    return pa.array(values, kind)


def _read_fixed(steps: StepColumns) -> dict[str, Any]:
    """The columns that come of the fields that every STEP has."""
    fixed, has_no_input = steps.fixed, ~steps.has(INPUT)
    hashes: list[str | None] = [None] * len(fixed)
    for i, state_hash in steps.hashes.items():
        hashes[i] = state_hash
    return {
        "step": _column(fixed["step"]),
        "reward": _column(fixed["reward"]),
        "terminated": steps.has(TERMINATED),
        "truncated": steps.has(TRUNCATED),
        "invalid": steps.has(INVALID),
        "lives": _column(fixed["lives"], fixed["lives"] == -1),
        "t_tick_ns": _column(fixed["t_tick_ns"]),
        "input_seq": _column(fixed["input_seq"]),
        "shown_step": _column(fixed["shown_step"], has_no_input),
        "t_input_us": _column(fixed["t_input_us"], has_no_input),
        "replayed_input": steps.has(REPLAYED),
        "state_hash": hashes,
    }


def _column(values: npt.NDArray[Any], is_null: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(np.ascontiguousarray(values), mask=is_null)


def _read_extra(steps: StepColumns) -> dict[str, Any]:
    """The columns that most steps of most games have nothing for but a number."""
    n_steps = len(steps.fixed)
    actions: list[int | list[float]] = steps.fixed["action"].tolist()
    executed: list[int | list[float] | None] = [None] * n_steps
    info: list[str | None] = [None] * n_steps
    for i, record in steps.extra.items():
        actions[i] = _list_or_number(record.action)
        executed[i] = None if record.executed_action is None else _list_or_number(record.executed_action)
        info[i] = as_utf8(encode_compact(record.info)) if record.info else None
    return {"action": actions, "executed_action": executed, "info": info}


def _list_or_number(action: Action) -> int | list[float]:
    return list(action) if isinstance(action, tuple) else action


def _read_places(gathered: Gathered, first: int, stop: int) -> dict[str, Any]:
    """Segment and epoch of the steps `first` … `stop` - 1."""
    segments: list[int | None] = []
    epochs: list[int] = []
    ends = [*(stretch.first for stretch in gathered.stretches[1:]), len(gathered.steps)]
    for stretch, end in zip(gathered.stretches, ends, strict=True):
        n_rows = max(0, min(end, stop) - max(stretch.first, first))
        segments += [stretch.segment] * n_rows
        epochs += [stretch.epoch] * n_rows
    return {"segment": segments, "epoch": epochs}
