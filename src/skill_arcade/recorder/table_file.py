"""One Parquet file, written group by group, so that a long episode needs no more memory than a short one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from skill_arcade.archive.layout import Table
from skill_arcade.recorder.table_rows import Row
from skill_arcade.recorder.tables import writer_options

ROWS_IN_GROUP = 65_536
PICTURES_IN_GROUP = 600
"""Ten seconds at 60 Hz: what a reader decodes at least to see one picture."""

_FRAME_BYTES_IN_GROUP = 24 << 20


def frames_in_group(frame_bytes: int) -> int:
    """Rows of a row group of table `frames`, by the bytes of a picture and of the arrays of its observation.

    There are fewer where these are large, as a group is held in memory.
    """
    return max(1, min(PICTURES_IN_GROUP, _FRAME_BYTES_IN_GROUP // max(frame_bytes, 1)))


def write_table_file(path: Path, table: Table, schema: pa.Schema, rows: Iterable[Row], n_in_group: int) -> int:
    """Write all rows into a new Parquet file; how many there were.

    Args:
        path: the file, which is not synced here.
        table: decides the compression.
        schema: the columns.
        rows: read once, `n_in_group` of them held at a time.
        n_in_group: rows of a row group.
    """
    n_rows = 0
    with pq.ParquetWriter(path, schema, **writer_options(table, schema)) as writer:
        for batch in make_batches(rows, schema, n_in_group):
            writer.write_batch(batch, row_group_size=n_in_group)
            n_rows += batch.num_rows
    return n_rows


def make_batches(rows: Iterable[Row], schema: pa.Schema, n_in_batch: int) -> Iterator[pa.RecordBatch]:
    """Rows as columns, so many at a time."""
    left = iter(rows)
    while group := list(islice(left, n_in_batch)):
        columns = [pa.array([row[field.name] for row in group], field.type) for field in schema]
        group.clear()  # the batch has the pictures now; while it is written, twice would be once too often
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
