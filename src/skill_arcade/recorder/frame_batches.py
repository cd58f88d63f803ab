"""Table `frames`: pictures go from the journal into one block of memory, and from there into the file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skill_arcade.domain.picture import Picture
from skill_arcade.recorder.drawn_times import DrawnTimes
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.observation_column import Cell, make_cell


def iterate_frame_batches(
    journal: EpisodeJournal, drawn: DrawnTimes, schema: pa.Schema, n_in_batch: int
) -> Iterator[pa.RecordBatch]:
    """The rows of table `frames`, one more than there are steps, so many at a time.

    The pictures of a batch lie in memory that the next batch overwrites: write a batch before you ask for another.
    """
    episode_id = pa.scalar(str(journal.episode_id))
    n_bytes = journal.picture_format.n_bytes
    # Written to over and over: asking the system for new memory costs as much as copying the pictures there.
    block = np.empty((min(n_in_batch, journal.n_steps + 1), n_bytes), dtype=np.uint8)
    offsets = np.arange(len(block) + 1, dtype=np.int32) * np.int32(n_bytes)
    pictures = journal.pictures
    observations = None if journal.observation_kind.is_picture else _iterate_cells(journal)
    first = 0
    while n_rows := _fill(block, pictures):
        stop = first + n_rows
        columns = [
            pa.repeat(episode_id, n_rows),
            pa.array(range(first, stop), pa.int32()),
            pa.Array.from_buffers(pa.binary(), n_rows, [None, pa.py_buffer(offsets), pa.py_buffer(block)]),
            pa.array(drawn.at_us[first:stop], pa.int64()),
            pa.array(drawn.segment[first:stop], pa.int32()),
        ]
        if observations is not None:
            columns.append(pa.array(list(islice(observations, n_rows)), schema.field("observation").type))
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
        first = stop


def _fill(block: npt.NDArray[np.uint8], pictures: Iterator[tuple[int, Picture]]) -> int:
    """Copy as many pictures as there are, and as there is room for; how many those were."""
    n_rows = 0
    for row, (_number, picture) in zip(block, pictures, strict=False):
        row[:] = picture.reshape(-1)
        n_rows += 1
    return n_rows


def _iterate_cells(journal: EpisodeJournal) -> Iterator[Cell]:
    kind = journal.observation_kind
    return (make_cell(kind, data) for _number, data in journal.observation_bytes)
