"""Table `steps`, column by column: a dict for every step would cost more than everything else of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import pyarrow as pa

from skill_arcade.domain.action import Action
from skill_arcade.recorder.drawn_times import DrawnTimes
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.episode_row import encode_compact
from skill_arcade.recorder.records import RecordKind, StepRecord, parse_json, parse_step
from skill_arcade.recorder.table_rows import as_utf8


class _Step(NamedTuple):
    """A step, and where it was recorded."""

    record: StepRecord
    segment: int | None
    epoch: int


def iterate_step_batches(
    journal: EpisodeJournal, drawn: DrawnTimes, schema: pa.Schema, n_in_batch: int
) -> Iterator[pa.RecordBatch]:
    """The rows of table `steps`, so many at a time."""
    episode_id = pa.scalar(str(journal.episode_id))
    steps = _iterate_steps(journal)
    while group := list(islice(steps, n_in_batch)):
        records = [step.record for step in group]
        first, last = records[0].step, records[-1].step
        columns: dict[str, Any] = {
            "episode_id": pa.repeat(episode_id, len(group)),
            "action": [_list_or_number(record.action) for record in records],
            "executed_action": [_list_or_number(record.executed_action) for record in records],
            # Of the picture that the step made.
            "drawn_at_client_us": drawn.at_us[first + 1 : last + 2],
            "drawn_segment": drawn.segment[first + 1 : last + 2],
            "segment": [step.segment for step in group],
            "epoch": [step.epoch for step in group],
            "info": [as_utf8(encode_compact(record.info)) if record.info else None for record in records],
        }
        for field in schema:
            if field.name not in columns:
                columns[field.name] = [getattr(record, field.name) for record in records]
        yield pa.RecordBatch.from_arrays([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def _iterate_steps(journal: EpisodeJournal) -> Iterator[_Step]:
    segment: int | None = None
    for record in journal.records(RecordKind.SEGMENT, RecordKind.STEP):
        if record.kind is RecordKind.SEGMENT:
            segment = parse_json(record.body)["segment"]
        elif record.kind is RecordKind.STEP:
            yield _Step(parse_step(record.body), segment, record.epoch)


def _list_or_number(action: Action | None) -> int | list[float] | None:
    return list(action) if isinstance(action, tuple) else action
