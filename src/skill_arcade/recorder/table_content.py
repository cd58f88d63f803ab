"""What goes into each table of an ended or running episode: its columns, and its rows group by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from skill_arcade.archive.layout import Table
from skill_arcade.recorder.episode_journal import EpisodeJournal, Members
from skill_arcade.recorder.frame_batches import iterate_frame_batches
from skill_arcade.recorder.gathering import Gathered
from skill_arcade.recorder.records import parse_step
from skill_arcade.recorder.step_batches import iterate_step_batches
from skill_arcade.recorder.table_file import ROWS_IN_GROUP, frames_in_group, make_batches
from skill_arcade.recorder.table_rows import iterate_json_rows
from skill_arcade.recorder.tables import (
    CLOCK_SAMPLES,
    SEGMENTS,
    action_type,
    events_schema,
    frames_schema,
    steps_schema,
)


@dataclass(frozen=True, slots=True)
class TableContent:
    """One table of one episode.

    Attributes:
        schema: its columns.
        batches: its rows, to be read once; a batch may overwrite the one before.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def read_table_content(journal: EpisodeJournal, table: Table, gathered: Gathered) -> TableContent:
    """Any table but `episodes`, which is made of one row (`episode_row`); `gathered` is of this journal."""
    if table is Table.SEGMENTS:
        return _json_content(journal, iter(journal.segments), SEGMENTS)
    if table is Table.CLOCK_SAMPLES:
        return _json_content(journal, iter(gathered.clocks), CLOCK_SAMPLES)
    if table is Table.EVENTS:
        return _json_content(journal, iter(gathered.events), events_schema(_action_type(journal, gathered)))
    if table is Table.STEPS:
        steps = steps_schema(_action_type(journal, gathered))
        return TableContent(steps, iterate_step_batches(gathered, str(journal.episode_id), steps, ROWS_IN_GROUP))
    if table is Table.FRAMES:
        frames = frames_schema(journal.observation_kind)
        n_in_group = frames_in_group(journal.picture_format.n_bytes + journal.observation_kind.n_bytes)
        return TableContent(frames, iterate_frame_batches(journal, gathered.drawn, frames, n_in_group))
    raise ValueError(f"table {table} has no rows of records")


def _json_content(journal: EpisodeJournal, records: Iterator[Members], schema: pa.Schema) -> TableContent:
    rows = iterate_json_rows(records, str(journal.episode_id), schema)
    return TableContent(schema, make_batches(rows, schema, ROWS_IN_GROUP))


def _action_type(journal: EpisodeJournal, gathered: Gathered) -> pa.DataType:
    if gathered.steps:
        return action_type(is_list=isinstance(parse_step(gathered.steps[0]).action, tuple))
    # Nobody has made a step. The files of one game have one type all the same.
    return action_type(is_list=journal.provenance["game"].get("rest") is not None)
