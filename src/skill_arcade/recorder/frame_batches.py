"""Table `frames`: pictures go from the journal into one block of memory, and from there into the file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pyarrow as pa

from skill_arcade.recorder.drawn_times import DrawnTimes
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.observation_column import Cell, make_cell
from skill_arcade.recorder.picture_blocks import iterate_picture_blocks


def iterate_frame_batches(
    journal: EpisodeJournal, drawn: DrawnTimes, schema: pa.Schema, n_in_batch: int
) -> Iterator[pa.RecordBatch]:
    """The rows of table `frames`, one more than there are steps, so many at a time.

    The pictures of a batch lie in memory that the next batch overwrites: write a batch before you ask for another.
    """
    episode_id = pa.scalar(str(journal.episode_id))
    observations = None if journal.observation_kind.is_picture else _iterate_cells(journal)
    first = 0
    for pictures in iterate_picture_blocks(journal, n_in_batch):
        n_rows, n_bytes = pictures.shape
        stop = first + n_rows
        offsets = np.arange(n_rows + 1, dtype=np.int32) * np.int32(n_bytes)
        columns = [
            pa.repeat(episode_id, n_rows),
            pa.array(np.arange(first, stop, dtype=np.int32)),
            pa.Array.from_buffers(pa.binary(), n_rows, [None, pa.py_buffer(offsets), pa.py_buffer(pictures)]),
            pa.array(drawn.at_us[first:stop], pa.int64()),
            pa.array(drawn.segment[first:stop], pa.int32()),
        ]
        if observations is not None:
            columns.append(pa.array(list(islice(observations, n_rows)), schema.field("observation").type))
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
        first = stop


def _iterate_cells(journal: EpisodeJournal) -> Iterator[Cell]:
    kind = journal.observation_kind
    return (make_cell(kind, data) for _number, data in journal.observation_bytes)
