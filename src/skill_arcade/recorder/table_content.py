"""What goes into each table of an ended or running episode: its columns, and its rows one after another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from skill_arcade.archive.layout import Table
from skill_arcade.recorder.drawn_times import DrawnTimes
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.table_file import ROWS_IN_GROUP, frames_in_group
from skill_arcade.recorder.table_rows import Row, iterate_frame_rows, iterate_json_rows, iterate_step_rows
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
        rows: to be read once.
        n_in_group: rows that may be held in memory at a time.
    """

    schema: pa.Schema
    rows: Iterable[Row]
    n_in_group: int


def read_table_content(journal: EpisodeJournal, table: Table, drawn: DrawnTimes) -> TableContent:
    """Any table but `episodes`, which is made of one row (`episode_row`)."""
    episode_id = str(journal.episode_id)
    if table is Table.SEGMENTS:
        return TableContent(SEGMENTS, iterate_json_rows(iter(journal.segments), episode_id, SEGMENTS), ROWS_IN_GROUP)
    if table is Table.CLOCK_SAMPLES:
        rows = iterate_json_rows(journal.clocks, episode_id, CLOCK_SAMPLES)
        return TableContent(CLOCK_SAMPLES, rows, ROWS_IN_GROUP)
    if table is Table.EVENTS:
        events = events_schema(_action_type(journal))
        return TableContent(events, iterate_json_rows(journal.events, episode_id, events), ROWS_IN_GROUP)
    if table is Table.STEPS:
        steps = steps_schema(_action_type(journal))
        return TableContent(steps, iterate_step_rows(journal, drawn), ROWS_IN_GROUP)
    if table is Table.FRAMES:
        frames = frames_schema(journal.observation_kind)
        n_in_group = frames_in_group(journal.picture_format.n_bytes + journal.observation_kind.n_bytes)
        return TableContent(frames, iterate_frame_rows(journal, drawn), n_in_group)
    raise ValueError(f"table {table} has no rows of records")


def _action_type(journal: EpisodeJournal) -> pa.DataType:
    first = next(journal.steps, None)
    if first is not None:
        return action_type(is_list=isinstance(first.action, tuple))
    # Nobody has made a step. The files of one game have one type all the same.
    return action_type(is_list=journal.provenance["game"].get("rest") is not None)
